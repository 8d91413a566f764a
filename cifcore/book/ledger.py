"""The ledger: what the paper states, what we measure, and the verdict that follows.

`claims.toml` holds one table a statement. A function of `cifcore.book.evidence` measures one
number for it, and named values beside; the statement holds if the number lies in the interval
`accept`, whose reason is given as `criterion`. Formulas stand between dollar signs.

A criterion and a note write no number of ours: ``{name:.2f}`` stands for a value that the
function has measured, in the criterion also ``{low:g}`` and ``{high:g}`` for the ends of
`accept`. Each end must be named there, but for 0 and infinity: so words and interval agree.

The verdict written in the file must follow from the number:

- ``reproduced``: inside the interval;
- ``reproduced with a note``: inside, under an assumption or with a shade that `note` tells;
- ``underdetermined by the text``: inside under one reading of the text among several, which
  `note` lists;
- ``not reproduced``: outside, and `note` says why.
"""

import json
import math
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from cifcore.book.published import publish

VERDICTS = ("reproduced", "reproduced with a note", "underdetermined by the text", "not reproduced")
_VALUE = re.compile(r"\{([a-z][a-z0-9_]*):([^{}]*)\}")


@dataclass(frozen=True)
class Claim:
    """One row of the ledger as written in the file."""

    id: str
    where: str
    section: str
    statement: str
    paper: str
    chapter: str
    cell: str
    criterion: str
    accept: tuple[float, float]
    form: str
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """A row with the number measured for it, and the values that its words name."""

    claim: Claim
    number: float
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """The note with its values."""
        return _filled(self.claim.id, self.claim.note, self.values)

    @property
    def criterion(self) -> str:
        """The criterion with its values and the ends of its interval."""
        ends = dict(zip(("low", "high"), self.claim.accept, strict=True))
        return _filled(self.claim.id, self.claim.criterion, {**self.values, **ends})

    @property
    def ours(self) -> str:
        """The number as the row's `form` writes it, a bound where only zeros would be left."""
        told = self.claim.form.format(self.number)
        return re.sub(r"-?\b0\.(0+)\b", lambda m: f"less than $10^{{-{len(m[1])}}}$", told)

    @property
    def inside(self) -> bool:
        """Whether the number lies in the interval in which the statement holds."""
        low, high = self.claim.accept
        return bool(low <= self.number <= high)

    @property
    def follows(self) -> bool:
        """Whether the written verdict follows from the number."""
        return self.inside == (self.claim.verdict != "not reproduced")

    def as_dict(self) -> dict[str, str]:
        """The row for `python -m cifcore claims --json`."""
        keys = "id", "where", "statement", "paper", "ours", "verdict", "note"
        own = {"ours": self.ours, "note": self.note}
        return {key: own[key] if key in own else getattr(self.claim, key) for key in keys}


def read(text: str | None = None) -> list[Claim]:
    """The rows of the ledger, or of a `text` like it, checked.

    Raises
    ------
    ValueError
        If a row is malformed; the message names the row, the field and what is allowed.
    """
    if text is None:
        text = files("cifcore.book").joinpath("claims.toml").read_text(encoding="utf-8")
    claims = [_row(**entry) for entry in tomllib.loads(text)["claim"]]
    if twice := [name for name, n in Counter(claim.id for claim in claims).items() if n > 1]:
        raise ValueError(f"id = {twice}: must be of one claim")
    return claims


def _row(accept: list[float], **texts: str) -> Claim:
    low, high = map(float, accept)
    claim = Claim(accept=(low, high), **texts)
    named = {name for name, _ in _VALUE.findall(claim.criterion)}
    told = {low if name == "low" else high for name in named & {"low", "high"}}
    rules = {
        "id": (re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", claim.id), "small letters, digits, hyphens"),
        "accept": (low <= high, "[low, high]"),
        "criterion": (
            told >= {low, high} - {0, math.inf, -math.inf},
            "a text with {low:g}, {high:g}",
        ),
        "form": (re.fullmatch(r"[^{}]*\{:[^{}]*\}[^{}]*", claim.form), "like '{:.3g} e'"),
        "verdict": (claim.verdict in VERDICTS, f"one of {', '.join(VERDICTS)}"),
        "note": (claim.note or claim.verdict == VERDICTS[0], "a text that explains the verdict"),
    }
    for name, (good, allowed) in rules.items():
        if not good:
            wrong = getattr(claim, name)
            raise ValueError(f"claim {claim.id!r}: {name} = {wrong!r}: must be {allowed}")
    return claim


def _filled(name: str, text: str, values: Mapping[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ValueError(f"row {name}: its function measures no {found[1]!r}")
        return format(values[found[1]], found[2])

    return _VALUE.sub(value, text)


def answer(ids: Iterable[str] | None = None) -> list[Answer]:
    """Measure the rows with these ids, all by default, in the order of the file.

    Raises
    ------
    ValueError
        If one of these rows has no function, any function no row, or an id is unknown.
    """
    from cifcore.book.evidence import MEASURES

    claims = read()
    known = {claim.id for claim in claims}
    wanted = known if ids is None else set(ids)
    if wanted - known:
        raise ValueError(f"ids = {sorted(wanted - known)}: must be ids of the ledger")
    if not wanted <= set(MEASURES) <= known:
        raise ValueError(
            f"rows without a function: {sorted(wanted - set(MEASURES))}; "
            f"functions without a row: {sorted(set(MEASURES) - known)}"
        )
    answers = []
    for claim in (claim for claim in claims if claim.id in wanted):
        measured = MEASURES[claim.id]()
        number, values = measured if isinstance(measured, tuple) else (measured, {})
        answers.append(Answer(claim, float(number), values))
    return answers


def typeset(text: str) -> str:
    """Text with formulas between dollar signs as HTML that a page or a notebook sets."""
    parts = text.split("$")
    for i, part in enumerate(parts):
        parts[i] = escape(part)
        if i % 2:
            parts[i] = rf'<span class="math notranslate nohighlight">\({parts[i]}\)</span>'
    return "".join(parts)


class Ledger:
    """Rows of the ledger as a table in a notebook.

    On the page of a chapter each row leads to the complete ledger. That one, with `complete`,
    begins with what does not come out, shows criterion and interval of each row, and leads to
    the cell that decides it.
    """

    def __init__(self, answers: list[Answer], complete: bool = False) -> None:
        self.answers = answers
        self.complete = complete

    def __repr__(self) -> str:
        lines = [
            f"{a.claim.id}: {a.claim.verdict} (paper: {a.claim.paper}; ours: {a.ours})"
            for a in self.answers
        ]
        return "\n".join(lines)

    def as_json(self) -> str:
        """The rows as a list of objects, in the form that ``ledger.schema.json`` describes."""
        rows = [a.as_dict() for a in self.answers]
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the rows as JSON beside the page that shows them (see `plotting.save_data`)."""
        publish(Path(path), self.as_json())

    def bar(self) -> str:
        """How many rows have each verdict, as one bar in HTML."""
        tally = Counter(a.claim.verdict for a in self.answers)
        parts = "".join(
            f'<li class="ledger-{_kind(verdict)}" style="flex-grow: {tally[verdict]}">'
            f"<b>{tally[verdict]}</b> {verdict}</li>"
            for verdict in VERDICTS
        )
        return f'<ul class="ledger-bar">{parts}</ul>'

    def _repr_html_(self) -> str:
        heads = ("Verdict", "The paper states", "Its value", "Ours")
        head = "".join(f"<th>{name}</th>" for name in heads)
        rows = self.answers
        if self.complete:
            rows = sorted(rows, key=lambda a: -VERDICTS.index(a.claim.verdict))
        body = "".join(self._row(a) for a in rows)
        kind = "ledger ledger-complete" if self.complete else "ledger"
        table = f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        return re.sub("<t([dh])\\b", r'<t\1 style="text-align: left"', table)  # not so in Jupyter

    def _row(self, a: Answer) -> str:
        claim = a.claim
        address = f"{claim.chapter}.ipynb#{claim.cell}"
        note = f"<br><small>{typeset(a.note)}</small>" if claim.note else ""
        if not self.complete:
            address = f"claims.ipynb#row-{claim.id}"
        else:
            low, high = claim.accept
            note += f"<br><small><b>Holds if:</b> {typeset(a.criterion)} "
            note += f"<code>[{low:g}, {high:g}]</code></small>"
        return (
            f'<tr class="ledger-{_kind(claim.verdict)}" id="row-{claim.id}" '
            f'data-verdict="{claim.verdict}" data-section="{claim.section}">'
            f'<td class="ledger-verdict">{claim.verdict}</td>'
            f"<td>{typeset(claim.statement)} "
            f'<small>(<a href="{address}">{escape(claim.where)}</a>)</small>{note}</td>'
            f"<td>{typeset(claim.paper)}</td><td>{typeset(a.ours)}</td></tr>"
        )


def _kind(verdict: str) -> str:
    return verdict.replace(" ", "-")


def ledger(chapter: str | None = None) -> Ledger:
    """The rows that a chapter decides, measured now; all rows without a chapter."""
    claims = read()
    chapters = {claim.chapter for claim in claims}
    if chapter is not None and chapter not in chapters:
        raise ValueError(f"chapter = {chapter!r}: must be one of {', '.join(sorted(chapters))}")
    answers = answer(c.id for c in claims if chapter in (None, c.chapter))
    return Ledger(answers, complete=chapter is None)
