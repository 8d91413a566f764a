"""Checks of arguments: every error names the argument, the value and what is allowed."""

from __future__ import annotations

import importlib
import numbers
import os
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Rule = tuple[Callable[[Array], NDArray[np.bool_]], str]  # what is allowed, and what it is called
LARGEST = 1e100  # beyond it squares and products overflow
MOST_STEPS = 10_000_000

POSITIVE: Rule = (lambda a: a >= 1 / LARGEST, "positive")
IN_BAND: Rule = (lambda a: np.abs(a) < 2, "inside the band of the leads, from -2 to 2")
NOT_NEGATIVE: Rule = (lambda a: a >= 0, "zero or positive")


def real_array(name: str, value: ArrayLike) -> Array:
    """A float array, finite and at most 1e100; the errors of `plain`."""
    array = plain(name, value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} = {value!r}: must be a real number or an array of real numbers")
    array = array.astype(float)
    if array.size and not (array.min() >= -LARGEST and array.max() <= LARGEST):
        raise ValueError(f"{name} = {value!r}: must be finite, without NaN or infinity, <= 1e100")
    return array


def plain(name: str, value: Any) -> NDArray[Any]:
    """A regular array; TypeError for what an array would lose, as a unit or a mask."""
    parts = value if isinstance(value, list | tuple) else (value,)
    if any(hasattr(part, "magnitude") and hasattr(part, "units") for part in parts):
        raise TypeError(
            f"{name} = {value!r}: must be plain numbers, in units of gamma0 and a; convert "
            "quantities with cifcore.units.Scales, or take their .magnitude in these units"
        )
    if any(hasattr(part, "mask") and hasattr(part, "filled") for part in parts):
        raise TypeError(f"{name} = {value!r}: must not be masked; take .filled() or .compressed()")
    try:
        return np.asarray(value)
    except ValueError as error:
        must = "must be a number or a regular array of numbers"
        raise ValueError(f"{name} = {value!r}: {must}") from error


def real(name: str, value: Any, *rule: Any) -> float:
    """A single finite number; with a `Rule`, one that it allows."""
    if plain(name, value).ndim:
        raise TypeError(f"{name} = {value!r}: must be a single number")
    return float(within(name, value, *rule) if rule else real_array(name, value))


def within(name: str, value: ArrayLike, allowed: Callable[[Array], Any], text: str) -> Array:
    """A finite float array where `allowed` holds everywhere; `text` says what it means."""
    array = real_array(name, value)
    if not np.all(allowed(array)):
        raise ValueError(f"{name} = {value!r}: must be {text}")
    return array


def positive(name: str, value: ArrayLike) -> Array:
    """A finite number or array, each element above zero."""
    return within(name, value, *POSITIVE)


def whole(name: str, value: object, least: int, most: float = LARGEST) -> int:
    """An integer between two others."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} = {value!r}: must be an integer")
    if not least <= int(value) <= most:
        raise ValueError(f"{name} = {value!r}: must be at least {least}, at most {most:g}")
    return int(value)


def one_of(name: str, value: object, allowed: Collection[str]) -> None:
    """One of some words."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} = {value!r}: must be one of {', '.join(allowed)}")


def flag(name: str, value: object) -> None:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} = {value!r}: must be True or False")


def function(name: str, value: object, of: str, needed: bool = True) -> None:
    """Something that can be called, or None if that will do; `of` says with what."""
    if not callable(value) and (needed or value is not None):
        raise TypeError(f"{name} = {value!r}: must be a function of {of}")


def having(name: str, value: object, attribute: str, what: str) -> None:
    """Something that has what such an object is asked for."""
    if not hasattr(value, attribute):
        raise TypeError(f"{name} = {value!r}: must be {what}")


def instance(name: str, value: Any, *kinds: type, single: bool = False) -> None:
    """Something of one of these classes; with `single`, not of a family of devices."""
    if not isinstance(value, kinds):
        allowed = " or a cifcore.".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} = {value!r}: must be a cifcore.{allowed}")
    shape: Any = getattr(getattr(value, "device", value), "shape", ())
    if single and shape:
        raise ValueError(f"{name} has shape {shape}: must be a single device")


def library(name: str, asks: str) -> Any:
    """A module of a package that is not required; the error says what asks for it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.split(".")[0]
        raise ImportError(f"{asks}: needs {package}, as by pip install {package}") from error


def common_shape(**parts: Any) -> tuple[int, ...]:
    """The shape to which all of these broadcast: shapes, or what has one."""
    shapes = {name: getattr(part, "shape", part) for name, part in parts.items()}
    different = set(shapes.values()) - {()}
    if len(different) < 2:
        return different.pop() if different else ()
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError as error:
        listed = ", ".join(f"{name} of shape {shape}" for name, shape in shapes.items())
        raise ValueError(f"{listed}: must broadcast against each other") from error


def steps(duration: float, dt: float) -> int:
    """Number of equal steps of at most `dt`."""
    count = duration / dt * (1 - 1e-12)
    if count > MOST_STEPS:
        many = f"{count:.3g} steps in the duration {duration:.6g}"
        raise ValueError(f"dt = {dt:.6g}: {many}, must be at most {MOST_STEPS}")
    return max(1, int(np.ceil(count)))


def generator(seed: object) -> np.random.Generator:
    """A random generator from an explicit seed: an integer, a SeedSequence or a Generator."""
    if isinstance(seed, np.random.Generator | np.random.SeedSequence):
        return np.random.default_rng(seed)
    return np.random.default_rng(whole("seed", seed, 0))


def memory(what: str, size: float) -> None:
    """Refuse at once what would take more bytes than the machine has; `what` asks for it."""
    try:
        has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not told here, as in the browser
        has = 4 << 30
    if size > has:
        much = f"{min(size, LARGEST) / 1e9:.3g} GB of memory"
        raise ValueError(f"{what}: would take {much}, must take less than {has / 1e9:.3g} GB")
