"""Numbers for the ledger: validity."""

from __future__ import annotations

from ._registry import answers  # noqa: F401
