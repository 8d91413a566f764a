"""What this book finds beyond the article, each with a verdict that follows from a number.

`findings.toml` names for each finding the number that a chapter has computed and handed to its own
text (`cifcore.book.published.tell`); it is read from the executed notebook, so that nothing is
measured twice.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cifcore.book import published

VERDICTS = ("holds", "does not hold")


@dataclass(frozen=True)
class Finding:
    """One row, with the number that the chapter has told."""

    statement: str
    chapter: str
    value: str
    criterion: str
    accept: tuple[float, float]
    form: str
    verdict: str
    number: float

    @property
    def follows(self) -> bool:
        """Whether the written verdict follows from the number."""
        low, high = self.accept
        return (low <= self.number <= high) == (self.verdict == VERDICTS[0])


def findings(folder: Path) -> list[Finding]:
    """All findings, with numbers from the executed notebooks in `folder`.

    Raises
    ------
    ValueError
        If a row is malformed, or its chapter tells no such number.
    """
    text = files("cifcore.book").joinpath("findings.toml").read_text(encoding="utf-8")
    found = []
    for row in tomllib.loads(text)["finding"]:
        if row["verdict"] not in VERDICTS:
            raise ValueError(f"verdict = {row['verdict']!r}: must be one of {', '.join(VERDICTS)}")
        numbers = _told_by(folder / f"{row['chapter']}.ipynb")
        if row["value"] not in numbers:
            raise ValueError(f"value = {row['value']!r}: must be told by {row['chapter']}")
        row["accept"] = tuple(map(float, row["accept"]))
        found.append(Finding(**row, number=float(numbers[row["value"]])))
    return found


@cache
def _told_by(notebook: Path) -> dict[str, Any]:
    return published.told(json.loads(notebook.read_text(encoding="utf-8")))


def table(rows: list[Finding]) -> Any:
    """The findings as a table for a page; each leads to its chapter."""
    cells = []
    for row in rows:
        low, high = row.accept
        where = f"[{row.statement}]({row.chapter}.ipynb)"
        number, criterion = row.form.format(row.number), row.criterion.format(low=low, high=high)
        cells.append((where, row.verdict, number, criterion))
    return published.table("Finding | Verdict | Number | Holds if", cells)
