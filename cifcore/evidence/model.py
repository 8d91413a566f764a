"""Numbers for the ledger: model."""

from __future__ import annotations

from ._registry import answers  # noqa: F401
