"""What a reader can move: scenes, each declared once.

A `Scene` is its controls and a function from their values to a `Picture`: the device on its
stage, panels of curves and marks, and a sentence that says what is to be seen. The faces are
made elsewhere: a drawn figure (`draw`), frames computed beforehand and Python in the page (the
book's `scene` directive), sliders in Jupyter (`cifcore.book.scenes.widgets`).

The functions need numpy alone, so they also run in the reader's browser. `evaluate` gives
plain lists and strings, ready for JSON. Inside the ranges of its controls a scene never fails.

Labels are TeX between dollar signs; units gamma0 = a = hbar = e = kB = 1.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np

from cifcore import _check
from cifcore.book.scenes.picture import Picture, Scene

_NAMES = (
    *("force", "motion", "diode", "hysteresis", "load", "pump"),
    *("fluctuations", "linear", "heat", "superconductor", "junction", "modes", "design"),
)
SCENES: dict[str, Scene] = {
    name: import_module(f"cifcore.book.scenes.{name}").SCENE for name in _NAMES
}
"""The scenes by name."""


def _scene(name: str) -> Scene:
    _check.one_of("name", name, SCENES)
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
    told: dict[str, Any] = plain(compute(name, values))
    return told


def plain(told: Any) -> Any:
    """The same without arrays, tuples and classes."""
    if is_dataclass(told):
        return {each.name: plain(getattr(told, each.name)) for each in fields(told)}
    if isinstance(told, np.ndarray):
        finite = np.isfinite(told)
        if finite.all():
            return told.tolist()
        return [v if f else None for v, f in zip(told.tolist(), finite, strict=True)]
    if isinstance(told, tuple):
        return [plain(value) for value in told]
    return float(told) if isinstance(told, np.floating) else told


def declaration(name: str) -> dict[str, Any]:
    """Title, controls, presets and code of a scene, with every value each control can take.

    ``frames`` are the values for which there is a picture with all other controls at their
    defaults; those of the two controls ``together`` also with each other.
    """
    scene = _scene(name)
    controls = [
        {key: getattr(c, key) for key in ("name", "label", "unit", "default")}
        | {"values": c.values.tolist(), "frames": c.frame_values.tolist()}
        for c in scene.controls
    ]
    others = ("together", "presets", "code", "origin")
    return {"name": name, "title": scene.title, "controls": controls} | {
        key: plain(getattr(scene, key)) for key in others
    }
