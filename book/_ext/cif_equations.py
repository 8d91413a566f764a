"""Number equations as the paper does.

An equation labelled ``eq-17`` or ``eq-B6`` carries the paper's number 17 or B6 wherever it
stands and is referred to. Equations of our own have other labels and small Roman numbers,
counted anew on each page.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.math import MathDomain

_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def roman(number: int) -> str:
    """Small Roman numeral."""
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written


def paper_number(label: str) -> str | None:
    """The paper's number of an equation, if its label says one."""
    found = re.fullmatch(r"eq-([A-Z]?\d+[a-z]?)", label)
    return found[1] if found else None


class PaperNumbers(MathDomain):
    """The mathematics domain, with the paper's equation numbers."""

    def note_equation(
        self, docname: str, labelid: str, location: nodes.Element | None = None
    ) -> None:
        super().note_equation(docname, labelid, location)
        # Sphinx types the number as an integer and only ever writes it out.
        self.equations[labelid] = (docname, paper_number(labelid))  # type: ignore[assignment]
        if paper_number(labelid) is None:
            number = roman(self.env.new_serialno("own-equation") + 1)
            self.equations[labelid] = (docname, number)  # type: ignore[assignment]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_domain(PaperNumbers, override=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
