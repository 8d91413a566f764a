"""Curves, marks, stages and the panels of a dot at rest, which scenes share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import Device, Response, equilibria
from cifcore.book.scenes.picture import Axis, Panel, Range, Stage, Trace, panel
from cifcore.book.scenes.words import ENERGY, FORCE, X
from cifcore.device import Array


def sign_colour(bias: float) -> str:
    return "positive" if bias > 0 else "negative" if bias < 0 else "muted"


def rest_positions(response: Response, bias: float) -> tuple[Array, Array]:
    """Stable and unstable rest positions, each ascending."""
    found = equilibria(response, bias)
    return found.x[found.stable], found.x[~found.stable]


def crossings(response: Response, bias: float, x: Array, pull: Array, sign: int = 1) -> Array:
    """Where `sign` times the sampled pull falls through zero: a secant step, then a parabola."""
    i = np.flatnonzero((sign * pull[:-1] > 0) & (sign * pull[1:] <= 0))
    low, high, at_low, at_high = x[i], x[i + 1], pull[i], pull[i + 1]
    middle = low + (high - low) * at_low / (at_low - at_high)
    at = response.force(middle, bias) - response.device.k * middle
    with np.errstate(divide="ignore", invalid="ignore"):
        better = (
            low * at * at_high / ((at_low - at) * (at_low - at_high))
            + middle * at_low * at_high / ((at - at_low) * (at - at_high))
            + high * at_low * at / ((at_high - at_low) * (at_high - at))
        )
    return np.where(np.isfinite(better) & (better >= low) & (better <= high), better, middle)


def marks(x: Array, y: Array, stable: bool, colour: str = "ink") -> Trace:
    label, marker = ("stable", "filled") if stable else ("unstable", "open")
    return Trace(x, y, label, colour, "none", marker)


def rest_marks(
    stable: Array, unstable: Array, height: Callable[[Array], Array], colour: str, other: str = ""
) -> tuple[Trace, Trace]:
    """Both kinds of rest positions, where they are on a curve."""
    return (
        marks(stable, height(stable), True, colour),
        marks(unstable, height(unstable), False, other or colour),
    )


def spring(x: Array, k: float) -> Trace:
    return Trace(x, k * x, "spring, $kx$", "ink", width=1.2)


def spring_alone(x: Array, k: float, unit: float = 1.0) -> Trace:
    return Trace(x, k * x**2 / 2 / unit, "spring alone", "muted", "dashed", width=1.2)


def levels(ends: Range, heights: Array, label: str = "", colour: str = "muted") -> list[Trace]:
    """Dashed lines across a panel."""
    x, one = np.array(ends), np.ones(2)
    return [Trace(x, height * one, label, colour, "dashed", width=1.0) for height in heights]


def climb(x: Array, pull: Array) -> Array:
    """The potential of a sampled pull, from x = 0, by trapezia."""
    steps = np.diff(x) * (pull[:-1] + pull[1:]) / 2
    energy = -np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(energy - np.interp(0.0, x, energy))


def force_and_energy(
    stage: Stage,
    k: float,
    x_range: Range,
    forces: tuple[list[Trace], Range, Range],
    energies: tuple[list[Trace], Range, Range],
    height: Callable[[Array], Array],
) -> tuple[Panel, Panel]:
    """The two panels of a dot at rest: of each its traces, its range, and the one that fits.

    The dot of the stage is on the line of the spring, and at the `height` of a potential.
    """
    force, energy = (
        panel(Axis(X, x_range), Axis(label, high, fit), *traces, cursor=(stage.x, at(stage.x)))
        for label, at, (traces, high, fit) in (
            (FORCE, lambda at: k * at, forces),
            (ENERGY, height, energies),
        )
    )
    return force, energy


def at_rest(
    response: Response, bias: float, stable: Array, unstable: Array, device: Device | None = None
) -> Stage:
    """The dot at rest, at whichever of its rest positions it finds; couplings of the `device`."""
    return _stage(response, device, None, bias, stable=stable, unstable=unstable)


def under_way(response: Response, clock: Array, label: str, x: Array, bias: ArrayLike) -> Stage:
    """The dot on its way."""
    return _stage(response, None, x, bias, clock=clock, clock_label=label)


def _stage(
    response: Response, device: Device | None, x: Array | None, bias: ArrayLike, **more: Any
) -> Stage:
    device = response.device if device is None else device
    place = np.linspace(-1.15 * device.a0, 1.15 * device.a0, 93)
    x = place if x is None else x
    along = np.broadcast_to(np.asarray(bias, float), x.shape)
    current = response.current(x, along if np.ndim(bias) else bias)
    left, right = device.couplings(place)
    return Stage(device.a0, place, left, right, x, along, current, **more)


def window(values: ArrayLike, margin: float = 0.15, least: float = 1e-6) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    pad = max(margin * (high - low), least)
    return low - pad, high + pad


def swing(device: Device) -> float:
    """How long the spring alone takes for one."""
    return 2 * np.pi / float(device.omega)


def area(y: Array, x: Array) -> float:
    """Integral of y over x by trapezia."""
    return float(np.sum(np.diff(x) * (y[:-1] + y[1:])) / 2)
