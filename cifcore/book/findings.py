"""What this book finds beyond the article, each with a verdict that follows from a number.

`findings.toml` names for each finding the number that a chapter has computed and handed to its own
text (`cifcore.book.published.tell`); it is read from the executed notebook, so that nothing is
measured twice.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

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
    told: dict[str, dict[str, Any]] = {}
    found = []
    for row in tomllib.loads(text)["finding"]:
        if row["verdict"] not in VERDICTS:
            raise ValueError(f"verdict = {row['verdict']!r}: must be one of {', '.join(VERDICTS)}")
        chapter, value = row["chapter"], row["value"]
        if chapter not in told:
            told[chapter] = _told(folder / f"{chapter}.ipynb")
        if value not in told[chapter]:
            raise ValueError(f"value = {value!r}: must be told by the chapter {chapter}")
        row["accept"] = tuple(map(float, row["accept"]))
        found.append(Finding(**row, number=float(told[chapter][value])))
    return found


def table(rows: list[Finding]) -> str:
    """The findings as a table in Markdown; each leads to its chapter."""
    lines = ["| Finding | Verdict | Number | Holds if |", "|---|---|---|---|"]
    for row in rows:
        low, high = row.accept
        criterion = row.criterion.format(low=low, high=high)
        where = f"[{row.statement}]({row.chapter}.ipynb)"
        lines.append(f"| {where} | {row.verdict} | {row.form.format(row.number)} | {criterion} |")
    return "\n".join(lines)


def _told(notebook: Path) -> dict[str, Any]:
    outputs = [
        output
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", ())
    ]
    return {
        output["metadata"]["scrapbook"]["name"]: next(iter(output["data"].values()))
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
    }
