"""What the package measures to answer each row of the ledger: one function a row.

Each function takes nothing and returns one number, or the number and the values that the row's
words name, which say what they are; `claims.toml` says in which interval the number must lie for
the paper's statement to hold, and why.
"""

from importlib import import_module

from cifcore.book.evidence.registry import MEASURES

# in the order of the table of verdicts
for _name in (
    *("units", "model", "dynamics", "rectification", "hysteresis", "symmetry", "fluctuations"),
    *("bias", "heat", "electrons", "delay", "quantum", "granted"),
):
    import_module(f"{__name__}.{_name}")

__all__ = ["MEASURES"]
