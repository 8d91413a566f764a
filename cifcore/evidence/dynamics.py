"""Numbers for the ledger: dynamics."""

from __future__ import annotations

from ._registry import answers  # noqa: F401
