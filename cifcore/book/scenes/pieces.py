"""Curves, marks, stages and the panels of a dot at rest, which scenes share."""

from collections.abc import Callable, Iterable
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


class Sampled:
    """Force and potential of a dot on its spring at places `x`, and where it rests between."""

    def __init__(self, response: Response, bias: float, x: Array) -> None:
        self.response, self.bias, self.x, self.k = response, bias, x, response.device.k
        self.force = np.asarray(response.force(x, bias))
        self.pull = self.force - self.k * x
        steps = np.diff(x) * (self.pull[:-1] + self.pull[1:]) / 2
        energy = -np.concatenate([[0.0], np.cumsum(steps)])
        self.energy = np.asarray(energy - np.interp(0.0, x, energy))
        self.stable, self.unstable = self._crossings(1), self._crossings(-1)

    def _crossings(self, way: int) -> Array:
        """Where `way` times the pull falls through zero: a secant step, then a parabola."""
        x, pull = self.x, self.pull
        i = np.flatnonzero((way * pull[:-1] > 0) & (way * pull[1:] <= 0))
        low, high, at_low, at_high = x[i], x[i + 1], pull[i], pull[i + 1]
        middle = low + (high - low) * at_low / (at_low - at_high)
        at = self.response.force(middle, self.bias) - self.k * middle
        with np.errstate(divide="ignore", invalid="ignore"):
            better = (
                low * at * at_high / ((at_low - at) * (at_low - at_high))
                + middle * at_low * at_high / ((at - at_low) * (at - at_high))
                + high * at_low * at / ((at_high - at_low) * (at_high - at))
            )
        found = np.where((better >= low) & (better <= high), better, middle)
        return found.round(9) + 0.0

    def height(self, at: Array) -> Array:
        """The potential, from x = 0."""
        return np.interp(at, self.x, self.energy)

    def traces(self, name: str, colour: str, line: str = "solid") -> tuple[Trace, Trace]:
        """Force and potential."""
        force, energy = (Trace(self.x, y, name, colour, line) for y in (self.force, self.energy))
        return force, energy

    def shown(
        self,
        forces: tuple[Iterable[Trace], Range, Range],
        energies: tuple[Iterable[Trace], Range, Range],
        device: Device | None = None,
    ) -> tuple[tuple[Panel, Panel], Stage]:
        """The two panels of a dot at rest, and its stage with the couplings of the `device`.

        Of each panel its traces, behind the line of the spring, its range, and the one that fits.
        The dot of the stage is on that line, and at the height of the potential.
        """
        rest = {"stable": self.stable, "unstable": self.unstable}
        stage, x = on_stage(self.response, self.bias, device=device, **rest), self.x
        across = Axis(X, (float(x[0]), float(x[-1])))
        force, energy = (
            panel(across, Axis(label, high, fit), *traces, cursor=(stage.x, at(stage.x)))
            for label, at, (traces, high, fit) in (
                (FORCE, lambda at: self.k * at, forces),
                (ENERGY, self.height, energies),
            )
        )
        return (force, energy), stage


def on_stage(
    response: Response,
    bias: ArrayLike,
    x: Array | None = None,
    device: Device | None = None,
    **more: Any,
) -> Stage:
    """The dot on its way along `x`, or at whichever of its rest positions it finds."""
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
