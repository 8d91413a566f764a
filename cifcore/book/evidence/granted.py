"""Does it hold? The electrons' own spring, both spins, the level in the field, saturation."""

from copy import copy
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import Bond, LinearBias, LinearThermal, Response, folds
from cifcore.book.evidence.bias import lower_barrier, window
from cifcore.book.evidence.heat import PLACES, half_width
from cifcore.book.evidence.registry import Verdict, assumption, judged
from cifcore.book.evidence.units import EV
from cifcore.book.evidence.validity import BIAS, device_of, only_rectification, wells_as_stated
from cifcore.device import Array, Device
from cifcore.force.equilibrium import electrons_bond, equilibrium_force
from cifcore.force.field import FieldBias, FieldThermal


class Splined(Response):
    """Force and current by splines, which know no mass, spring or damping."""

    resolved = True
    _nodes: Array

    def of(self, device: Any) -> "Splined":
        other = copy(self)
        other.device = device
        return other

    def nodes(self) -> Array:
        return self._nodes


class FirstOrder(Splined):
    """A response to first order in the bias, from its values at a `small` one of either sign.

    Splines through positions from -3.8 to 3.8, not a number beyond; `times` multiplies both.
    """

    proportional = True

    def __init__(self, exact: Response, small: float = 1e-4, times: float = 1.0) -> None:
        from scipy.interpolate import CubicSpline

        self.device, self.length = exact.device, exact.length
        x, nodes = np.linspace(-3.8, 3.8, 761), exact.nodes()
        self._nodes = nodes[np.abs(nodes) < 3]
        up, down = (np.array(exact.force_and_current(x, bias)) for bias in (small, -small))
        both = times * (up - down) / (2 * small)
        self._force, self._current = (CubicSpline(x, y, extrapolate=False) for y in both)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return np.asarray(bias) * self._force(x)

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return np.asarray(bias) * self._force(x, 1)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return np.asarray(bias) * self._current(x)


def linear(figure: str, device: Device, spins: int = 1) -> Response:
    """The response to first order, in the voltage or in the temperature difference."""
    return LinearThermal(device, spins) if figure in "35" else LinearBias(device, spins)


def push(response: Response) -> float:
    """Largest force of Fig. 3, at delta T = T0/2."""
    return float(np.max(np.abs(response.force(PLACES, 0.5))))


def number(response: Response, figure: str) -> float:
    """What moves: R of Figs. 4 and 5, or the window's lower end; of 3 the force, of 8 a barrier."""
    if figure == "3":
        return push(response)
    if figure in "45":
        return only_rectification(response, BIAS["4"] if figure == "4" else 1.0)
    if figure == "8":
        return lower_barrier(response, BIAS["8"])
    return next(iter(window(response)), np.nan)


def keeps(response: Response, figure: str) -> bool:
    """Whether the statement of a figure survives, to first order."""
    if figure in "45":
        low, high = {"4": (0.65, 0.75), "5": (0.1, 1.0)}[figure]
        return low <= number(response, figure) <= high
    return figure == "3" or wells_as_stated(response, figure)


def _told(response: Response, figure: str) -> Verdict:
    """Verdict on a changed response against the paper's."""
    before = number(linear(figure, device_of(figure)), figure)
    after = number(response, figure)
    moved = abs(after / before - 1) if after == after else np.inf
    if figure == "3":
        why = f"force ×{after / before:.2f}"
    elif figure in "45":
        why = f"$R_{'I' if figure == '4' else 'J'}$ {after:.2f}"
    elif figure == "8" and after:
        why = f"barrier {100 * (after / before - 1):+.0f} %"
    else:
        low, high = [*window(response), np.nan, np.nan][:2]
        why = f"eV {low:.2f}–{high:.2f}" if moved < np.inf else "one well"
    return judged(keeps(response, figure), moved, why)


# --- the electrons' own spring ----------------------------------------------------------------


def mismatched(device: Device, share: float) -> Device:
    """The device whose bare bond is too strong by a share, its electrons as they are."""
    bare = Bond.spring(device.k) + -1 * electrons_bond(device)
    return device.replace(bond=Bond.spring(device.k) + share * bare)


def harmonic(device: Device) -> Device:
    """The device held by a parabola that leaves it, at x = 0, at rest with stiffness k."""
    electrons = electrons_bond(device)
    stiff, pull = device.k - electrons.k, float(electrons.slope(np.array(0.0)))
    parabola = Bond(lambda x: stiff * x**2 / 2 - pull * x, 1.0)
    return device.replace(bond=parabola + electrons)


@lru_cache
def tolerance(figure: str) -> float:
    """Share of the bare bond that moves a fold, or a rectification, by a twentieth.

    At a fold V = U'(x)/F(x, 1) does not change with x: a bond too strong by a small share moves
    it by that share of U' + F_eq, so by 1 + F_eq/k x times the share.
    """
    device = device_of(figure)
    if figure in "45":
        step = 1e-4
        devices = device, mismatched(device, step), mismatched(device, -step)
        R, up, down = (number(linear(figure, one), figure) for one in devices)
        return 0.05 * R / (abs(up - down) / (2 * step))
    x = folds(LinearBias(device), 0.5).x
    return float(0.05 / np.max(np.abs(1 + equilibrium_force(device, x) / (device.k * x))))


@assumption("the electrons' own force within the spring")
def own_spring(figure: str, mass: float) -> Verdict | None:
    """With a harmonic bond beside the electrons; and how exact another bond must be."""
    if figure == "3":
        return None
    device, why = device_of(figure), f"bond {100 * tolerance(figure):.1g} %"
    before, after = (linear(figure, one) for one in (device, harmonic(device)))
    diode = figure in "45"
    moved = abs(number(after, figure) / number(before, figure) - 1) if diode else np.inf
    return judged(keeps(after, figure), moved, why)


# --- both spins, the field, the charge, saturation --------------------------------------------


@assumption("one spin pushes")
def both_spins(figure: str, mass: float) -> Verdict | None:
    """Both push: to first order, the same at half the bias."""
    both = linear(figure, device_of(figure), spins=2)
    return judged(True, 1.0, "force ×2") if figure == "3" else _told(both, figure)


VOLT = 1 / EV
"""An electronvolt, in gamma0."""

CHANGES: dict[str, dict[str, Any]] = {
    "a level out of the field": dict(field=1.0),
    "a level without a charge": dict(charging=VOLT),
    "couplings without end": dict(most=1.0),
}
"""Of each assumption, what `FieldBias` has in its place."""

LAWS = {**CHANGES, "an exponent without end": dict(most=1.0, law="exponent")}
"""The same, with the other way for couplings to saturate."""


@lru_cache
def changed(figure: str, assumed: str) -> FirstOrder:
    """The response of a figure's device to first order, one of `LAWS` made."""
    return FirstOrder(FieldBias(device_of(figure), **LAWS[assumed]))


@lru_cache
def heated(figure: str, assumed: str) -> FirstOrder:
    """The same of the figures that a temperature difference drives, as Eq. 13 has it.

    Where it makes sense: of leads far colder than the level is wide, times T0^2.
    """
    device = device_of(figure)
    cold = 0.02 * half_width(device)
    response = FieldThermal(device.replace(kT0=cold), **LAWS[assumed])
    return FirstOrder(response, 0.1, float(device.kT0 / cold) ** 2)


def _granted(assumed: str) -> None:
    @assumption(assumed)
    def judge(figure: str, mass: float) -> Verdict | None:
        if figure not in "35":
            return _told(changed("2b" if figure == "8" else figure, assumed), figure)
        # where there is no voltage
        return None if "field" in CHANGES[assumed] else _told(heated(figure, assumed), figure)


for assumed in CHANGES:
    _granted(assumed)
