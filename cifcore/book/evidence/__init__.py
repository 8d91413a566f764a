"""What the package measures to answer each row of the ledger: one function a row.

Each function takes nothing and returns one number, or the number and the values that the row's
words name, which say what they are; `claims.toml` says in which interval the number must lie for
the paper's statement to hold, and why.
"""

from importlib import import_module

from cifcore.book.evidence.registry import MEASURES

for _name in (
    *("bias", "delay", "dynamics", "electrons", "fluctuations", "granted", "heat", "hysteresis"),
    *("model", "quantum", "rectification", "symmetry", "units", "validity"),
):
    import_module(f"{__name__}.{_name}")

__all__ = ["MEASURES"]
