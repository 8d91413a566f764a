"""Scenes as frames: pictures computed beforehand, for pages whose sliders need no Python."""

import base64
import json
from typing import Any

import numpy as np

from cifcore.book.scenes.catalogue import SCENES, evaluate


class Sheet:
    """The arrays of many pictures, each once, as 16-bit steps between its least and largest.

    A short array stays a list of numbers with six digits. That a step is 1/65534 of the range
    is far below what a screen can show.
    """

    def __init__(self) -> None:
        self._found: dict[str, int] = {}

    @property
    def arrays(self) -> list[Any]:
        return [json.loads(array) for array in self._found]

    def packed(self, told: Any) -> Any:
        """The same with each list of numbers replaced by "@" and its place on the sheet."""
        if isinstance(told, dict):
            return {key: self.packed(value) for key, value in told.items()}
        if not isinstance(told, list) or not told:
            return told
        if not all(value is None or isinstance(value, float) for value in told):
            return [self.packed(value) for value in told]
        return f"@{self._found.setdefault(json.dumps(packed(told)), len(self._found))}"


def packed(values: list[float | None]) -> Any:
    """A list of numbers as its range and steps, 65535 where there is none."""
    array = np.array(values, dtype=float)
    there = array[np.isfinite(array)]
    if len(array) < 12 or not len(there):
        return [None if v is None else float(f"{v:.6g}") for v in values]
    low, high = float(there.min()), float(there.max())
    if low == high and len(there) == len(array):
        return {"value": float(f"{low:.8g}"), "count": len(array)}
    level = np.nan_to_num(np.round((array - low) / ((high - low) or 1.0) * 65534), nan=65535)
    data = base64.b64encode(level.astype("<u2").tobytes()).decode()
    return {"low": float(f"{low:.8g}"), "high": float(f"{high:.8g}"), "data": data}


def frames(name: str) -> str:
    """The frames of a scene as a script.

    Every pair of values of the two controls that go together; each other one over its range.
    """
    scene_, sheet = SCENES[name], Sheet()
    named = {control.name: control.frame_values.tolist() for control in scene_.controls}

    def framed(**values: float) -> dict[str, Any]:
        told: dict[str, Any] = sheet.packed(evaluate(name, values))
        return told

    one, two = scene_.together
    grid = [[framed(**{one: a, two: b}) for b in named[two]] for a in named[one]]
    alone = {
        control: [framed(**{control: value}) for value in values]
        for control, values in named.items()
        if control not in scene_.together
    }
    told = {"arrays": sheet.arrays, "alone": alone, "grid": grid}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"cifScenes.receive({json.dumps(name)},{text});\n"
