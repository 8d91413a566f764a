"""Files of results that the book offers: written as a chapter runs, or compared with it."""

import ast
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

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
    if not os.environ.get(CHECK):
        write_whole(path, text)
    elif not path.exists():
        raise ValueError(f"{path} has not been written yet: execute the chapter")
    elif not same(path.read_text(encoding="utf-8"), text):
        raise ValueError(f"{path} no longer holds what the code computes: execute the chapter")


def write_whole(path: Path, text: str) -> None:
    """Replace the file as a whole, whatever happens, or leave it alone when nothing changed."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def table(heads: str, rows: Iterable[Iterable[Any]]) -> Any:
    """A table for a page: heads as ``"Fig. | $M$"``, and rows of what is to stand in its cells.

    Examples
    --------
    >>> print(table("Fig. | $M$", [("7", 1000)]).data)
    | Fig. | $M$ |
    |---|---|
    | 7 | 1000 |
    """
    from IPython.display import Markdown

    columns = heads.count(" | ") + 1
    lines = [f"| {heads} |", "|" + columns * "---|"]
    for row in rows:
        cells = [str(cell) for cell in row]
        if len(cells) != columns:
            raise ValueError(f"{cells}: must be {columns} cells, as there are heads: {heads}")
        lines.append(f"| {' | '.join(cells)} |")
    return Markdown("\n".join(lines))


def tell(**values: Any) -> None:
    """Hand values to the text, where ``rect_top`` is glued as ``rect-top``.

    Of a list each is handed over, as ``rect-top-0`` and so on. Numbers are cut to six significant
    digits, which are the same on any processor; counts and words stay as they are.
    """
    from myst_nb import glue

    for name, value in values.items():
        name = name.replace("_", "-")
        if np.ndim(value):
            tell(**{f"{name}-{number}": each for number, each in enumerate(value)})
        elif isinstance(value, str | int | np.integer):
            glue(name, value if isinstance(value, str) else int(value), display=False)
        else:
            glue(name, float(f"{float(value):.6g}"), display=False)


def told(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """What the cells of an executed notebook have handed to the text, by name."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return {
        output["metadata"]["scrapbook"]["name"]: ast.literal_eval(*output["data"].values())
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
    }
