"""``{records}``: what came out of the checks that take too long to run at every change.

``tools.matrix``, ``tools.binder``, ``tools.lab`` and ``tools.mutants`` leave their results in
``book/data``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def matrix(record: dict[str, Any]) -> str:
    """The runs with other versions as a table: the packages, and how many tests passed."""
    rows = [
        "| Python | numpy | scipy | matplotlib | unit tests | cells, 1 thread | 2 threads | on |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in record["runs"]:
        counts = (run["tests"], run["notebooks-1"], run["notebooks-2"])
        versions = [run[name] for name in ("python", "numpy", "scipy", "matplotlib")]
        rows.append("| " + " | ".join([*versions, *map(counted, counts), run["date"]]) + " |")
    return "\n".join(rows) + "\n"


def counted(result: dict[str, int]) -> str:
    """How many tests passed, and, if any did not, how many."""
    passed = f"{result['passed']} passed"
    return f"{passed}, {result['failed']} failed" if result["failed"] else passed


def binder(record: dict[str, Any]) -> str:
    """What was executed in the environment that Binder gets, in a sentence."""
    cells = record["notebooks"]
    other = f", {cells['failed']} others" if cells["failed"] else ""
    return (
        f"In the environment that Binder builds, with Python {record['python']}, "
        f"{cells['passed']} cells of the notebooks gave the outputs shown here{other}, and "
        f"{record['scenes moved']} scenes of `explore` moved under their sliders "
        f"({record['date']}).\n"
    )


def lab(record: dict[str, Any]) -> str:
    """What was run in JupyterLab, in a sentence."""
    bad = sorted(name for name, trouble in record["trouble"].items() if trouble)
    chapters = len(record["trouble"]) - 1
    said = f"trouble in {', '.join(bad)}" if bad else "all ran, and `explore` moved its figure"
    return (
        f"JupyterLab {record['jupyterlab']}, with Chromium as its reader: {chapters} chapters, "
        f"{said} ({record['date']}).\n"
    )


def mutants(record: dict[str, Any]) -> str:
    """How many changes of the physics its tests notice, in a sentence."""
    made, noticed = (sum(each[key] for each in record.values()) for key in ("made", "noticed"))
    return (
        f"{made} times one sign, factor, comparison or index was changed somewhere in the "
        f"{len(record)} modules of physics; {noticed} times the tests of that module failed, as "
        "they must. [The others](data/mutants.json), line by line.\n"
    )


class RecordsDirective(SphinxDirective):
    """``{records}``: a table of the versions, and a sentence each for the other checks."""

    def run(self) -> list[nodes.Node]:
        text = []
        for tell in (matrix, binder, lab, mutants):
            path = Path(self.env.srcdir) / "book" / "data" / f"{tell.__name__}.json"
            self.env.note_dependency(str(path))
            text.append(tell(json.loads(path.read_text(encoding="utf-8"))))
        return self.parse_text_to_nodes("\n".join(text))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("records", RecordsDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
