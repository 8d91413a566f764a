"""What symbols in formulas stand for: the tables of the page of notation, as cards for a reader."""

from __future__ import annotations

import json
import re
from collections import defaultdict

_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<t[dh]\b[^>]*>(?:<p>)?(.*?)(?:</p>)?</t[dh]>", re.DOTALL)
_TEX = re.compile(r"\\\((.*?)\\\)", re.DOTALL)


def _tables(page: str) -> list[list[list[str]]]:
    tables = re.findall(r"<table\b.*?</table>", page, re.DOTALL)
    return [[_CELL.findall(row) for row in _ROW.findall(table)] for table in tables]


def names(page: str) -> list[str]:
    """TeX of the symbols in the first table, whose formulas are not set yet."""
    return [_TEX.findall(row[0])[0] for row in _tables(page)[0][1:]]


def cards(page: str, told: str) -> str:
    """A script that gives a card for each symbol, from the page with its formulas set.

    `told` is the page before that: there the heads of the table of values can be recognised.
    """
    values = defaultdict(list)
    head, *rows = _tables(told)[1]
    for place, symbol in enumerate(head[1:], 1):
        where: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            figure = re.sub(r"<[^>]*>|Fig. |,.*", "", row[0])
            if figure not in where[row[place]]:
                where[row[place]].append(figure)
        values[_bare(symbol)] = [f"{v} in Fig. {', '.join(at)}" for v, at in where.items()]
    made = []
    for tex, (symbol, name, code, unit, defined) in zip(
        names(told), _tables(page)[0][1:], strict=True
    ):
        known = "; ".join(values[_bare(tex)])
        made.append(
            f"<p>{symbol}: <strong>{name}</strong>. Unit: {unit}. Defined in {defined}."
            + (f" In code: {code}." if code else "")
            + (f"</p><p>The paper’s values: {known}." if known else "")
            + "</p>"
        )
    return f"cifSymbols({json.dumps(made, ensure_ascii=False)});\n"


def _bare(tex: str) -> str:
    """The letters of a symbol, however its parts are written."""
    return re.sub(r"\\(?:rm|mathrm)|<[^>]*>|[\\{}()_\s]", "", tex)
