"""Files of results that the book offers: written as a chapter runs, or compared with it."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from pathlib import Path

CHECK = "CIF_CHECK_DATA"


def publish(path: Path, text: str, same: Callable[[str, str], bool] = operator.eq) -> None:
    """Replace the file as a whole, or leave it alone when nothing changed.

    With ``CIF_CHECK_DATA`` set in the environment nothing is written: so a test can ask whether
    the published files still follow from the code.

    Raises
    ------
    ValueError
        If ``CIF_CHECK_DATA`` is set and the file is missing or not the `same`.
    """
    previous = path.read_text(encoding="utf-8") if path.exists() else None
    if os.environ.get(CHECK):
        if previous is None:
            raise ValueError(f"{path} has not been written yet: execute the chapter")
        if not same(previous, text):
            raise ValueError(f"{path} no longer holds what the code computes: execute the chapter")
    elif text != previous:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
