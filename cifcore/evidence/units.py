"""Numbers for the ledger: units."""

from __future__ import annotations

from ._registry import answers  # noqa: F401
