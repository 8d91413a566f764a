"""What a reader can move: seven scenes, each declared once.

A `Scene` is its controls and a function from their values to a `Picture`: panels of curves
and marks, and a sentence that says what is to be seen. The faces are made elsewhere: a drawn
figure (`draw`), frames computed beforehand and Python in the page (the book's `scene`
directive), sliders in Jupyter (`cifcore.book.scenes.widgets`).

The functions need numpy alone, so they also run in the reader's browser. `evaluate` gives
plain lists and strings, ready for JSON. Inside the ranges of its controls a scene never fails.

Labels are TeX between dollar signs; units gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from cifcore import _check
from cifcore.book.scenes import diode, fluctuations, force, hysteresis, linear, motion, pump
from cifcore.book.scenes.picture import Panel, Picture, Scene

SCENES: dict[str, Scene] = {
    each.SCENE.name: each.SCENE
    for each in (force, motion, diode, hysteresis, pump, fluctuations, linear)
}
"""The scenes by name."""


def _scene(name: str) -> Scene:
    if not isinstance(name, str) or name not in SCENES:
        raise ValueError(f"name = {name!r}: must be one of {', '.join(SCENES)}")
    return SCENES[name]


def compute(name: str, values: Mapping[str, float] | None = None) -> Picture:
    """The picture of a scene.

    Parameters
    ----------
    name : str
        One of `SCENES`.
    values : mapping of str to float, optional
        Values of some controls; the others keep their defaults. Any value between a control's
        ends is allowed, not only its steps.

    Raises
    ------
    TypeError, ValueError
        If there is no such scene or control, or a value is out of its range.
    """
    scene = _scene(name)
    chosen = scene.defaults
    for key, value in (values or {}).items():
        if key not in chosen:
            raise ValueError(f"{key!r} is no control of {name!r}: has {', '.join(chosen)}")
        control = next(c for c in scene.controls if c.name == key)
        number = _check.real(key, value)
        if not control.low <= number <= control.high:
            raise ValueError(f"{key} = {value!r}: must be from {control.low} to {control.high}")
        chosen[key] = number
    return scene.function(**chosen)


def evaluate(name: str, values: Mapping[str, float] | None = None) -> dict[str, Any]:
    """The same as `compute`, in dictionaries, lists, numbers and strings; None stands for NaN."""
    picture = compute(name, values)
    return {"panels": [_plain(panel) for panel in picture.panels], "sentence": picture.sentence}


def _plain(panel: Panel) -> dict[str, Any]:
    told: dict[str, Any] = asdict(panel)
    for key in ("x_range", "y_range"):
        told[key] = None if told[key] is None else [float(value) for value in told[key]]
    told["traces"] = list(told["traces"])
    for trace in told["traces"]:
        for key in ("x", "y", "base"):
            if trace[key] is not None:
                finite = np.isfinite(trace[key]).tolist()
                values = trace[key].tolist()
                trace[key] = [v if f else None for v, f in zip(values, finite, strict=True)]
    return told


def declaration(name: str) -> dict[str, Any]:
    """Title and controls of a scene, with every value each control can take.

    ``frames`` are the values for which there is a picture with all other controls at their
    defaults; ``grid`` has, for each of two controls, those for which there is a picture at
    every value of the other.
    """
    scene = _scene(name)
    controls = [
        {
            "name": c.name,
            "label": c.label,
            "unit": c.unit,
            "default": c.default,
            "values": c.values.tolist(),
            "frames": c.frame_values.tolist(),
        }
        for c in scene.controls
    ]
    grid = {key: values.tolist() for key, values in scene.grid.items()}
    return {"name": name, "title": scene.title, "controls": controls, "grid": grid}
