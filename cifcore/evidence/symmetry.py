"""Numbers for the ledger: symmetry."""

from __future__ import annotations

from ._registry import answers  # noqa: F401
