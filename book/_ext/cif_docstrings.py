"""Read docstrings as the plain text they are.

They write ``|G|^2`` and ``x*y`` as physics does; reStructuredText would take the bars and stars
for markup. Outside of code and formulas they are escaped before anything else reads them.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(``.*?``|:\w+:`[^`]*`|`[^`]*`)")


def escape(lines: list[str]) -> list[str]:
    """The same lines with bars and stars that mean themselves."""
    escaped: list[str] = []
    literal: int | None = None  # indentation of the directive or `::` that opened a block
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if literal is not None and line.strip() and depth <= literal:
            literal = None
        if literal is None:
            if line.rstrip().endswith("::") or re.match(r"\s*\.\. \w+::", line):
                literal = depth
            elif not line.lstrip().startswith(">>>"):
                parts = _CODE.split(line)
                parts[::2] = [re.sub(r"([|*])", r"\\\1", part) for part in parts[::2]]
                line = "".join(parts)
        escaped.append(line)
    return escaped


def _escape_docstring(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    lines[:] = escape(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", _escape_docstring, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
