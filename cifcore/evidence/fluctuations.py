"""Numbers for the ledger: fluctuations."""

from __future__ import annotations

from ._registry import answers  # noqa: F401
