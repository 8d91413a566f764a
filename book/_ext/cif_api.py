"""List every public module of the package on its page, in the order in which data flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PAGE = "book/api"
MARK = "% modules"
ORDER = (
    *("device", "chain", "negf", "friction", "response", "full"),
    *("equilibria", "rectification", "drive", "motion", "langevin"),
    *("units", "claims", "scenes", "plotting"),
)
"""Modules not named here follow in alphabetical order."""


def public_modules(package: Path) -> list[str]:
    """Names of the modules that do not start with an underscore."""
    names = {path.stem for path in package.glob("*.py") if not path.stem.startswith("_")}
    return [n for n in ORDER if n in names] + sorted(names - set(ORDER))


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
