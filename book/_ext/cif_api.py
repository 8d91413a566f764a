"""List every public module of the package on its page, in the order in which data flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PAGE = "book/api"
MARK = "% modules"
ROOMS = ("", "electrons", "force", "positions", "motion", "quantum", "book")
"""The package's rooms, in the order in which data flow; scenes and evidence are the pages' own."""


def public_modules(package: Path) -> list[str]:
    """Dotted names, below the package, of the modules a reader may import."""
    names = []
    for room in ROOMS:
        here = sorted((package / room).glob("*.py"))
        names += [".".join((*filter(None, [room]), p.stem)) for p in here if p.stem[0] != "_"]
    return names


def sections(names: list[str]) -> str:
    """The page's source for these modules."""
    return "\n".join(
        f"## `cifcore.{name}`\n\n"
        f"```{{eval-rst}}\n.. automodule:: cifcore.{name}\n   :members:\n```\n"
        for name in names
    )


def _fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname == PAGE:
        names = public_modules(Path(app.srcdir) / "cifcore")
        source[0] = source[0].replace(MARK, sections(names))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", _fill_in)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
