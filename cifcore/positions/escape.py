"""Thermal escape from a well of the effective potential: Kramers' rates.

For white noise and friction of any strength (Mel'nikov and Meshkov; Haenggi, Talkner and Borkovec,
Rev. Mod. Phys. 62, 251 (1990), Sec. VI): the rate of transition states, times recrossing of the top
by friction, times depopulation Y(D1) Y(D2)/Y(D1 + D2) of the states near the top at weak friction,
D what it takes from a round trip at that height, over kT, in the well and in the one beyond.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.force.response import Response
from cifcore.positions.landscape import barriers, drop
from cifcore.positions.rest import equilibria
from cifcore.roots import bracketed_root


class Escape(NamedTuple):
    """Escape from one well over one barrier; the rates, in gamma0/hbar, have the shape of `kT`.

    Parameters
    ----------
    omega_well, omega_top : float
        Frequencies: of small vibrations in the well, and of the parabola at the top.
    kramers : float or array
        Transition states, (omega_well/2 pi) exp(-height/kT), times recrossing,
        [sqrt((nu/2M)^2 + omega_top^2) - nu/2M]/omega_top.
    energy_diffusion : float or array
        Kramers' rate for weak friction: that of transition states times D1, without return.
    rate : float or array
        For any friction: `kramers` times depopulation.
    """

    x_stable: float
    x_unstable: float
    height: float
    omega_well: float
    omega_top: float
    kramers: Any
    energy_diffusion: Any
    rate: Any


def escape_rates(response: Response, bias: float, kT: ArrayLike) -> list[Escape]:
    """Rates of leaving each well over each of its `barriers`, in their order; of a single device.

    Asymptotic: good when `kT`, a number or an array above zero, is well below the barrier.
    """
    return escape_law(response, bias)(kT)


def escape_law(response: Response, bias: float) -> Callable[[ArrayLike], list[Escape]]:
    """`escape_rates` as a function of `kT`, which finds wells, tops and orbits once."""
    pairs, device = barriers(response, bias), response.device
    _check.positive("zeta", device.zeta)
    lost = {
        (well, top): device.nu / device.M * round_trip_action(response, bias, well, top)
        for well, top, _ in pairs
    }
    bends = [
        device.stiffness(x) - response.force_slope(x, bias)
        for x in (np.array(pair[:2]) for pair in pairs)
    ]

    def rates(kT: ArrayLike) -> list[Escape]:
        kT, out, half = _check.positive("kT", kT), [], device.nu / (2 * device.M)
        for (well, top, height), bend in zip(pairs, bends, strict=True):
            (far,) = (loss / kT for (w, t), loss in lost.items() if t == top and w != well)
            near = lost[well, top] / kT
            at_well, at_top = np.sqrt(np.abs(bend) / device.M).tolist()
            recrossing = at_top / (np.sqrt(half**2 + at_top**2) + half)
            state = at_well / (2 * np.pi) * np.exp(-height / kT)
            populated = depopulation(near) * depopulation(far) / depopulation(near + far)
            found = (recrossing * state, near * state, recrossing * populated * state)
            out.append(Escape(well, top, height, at_well, at_top, *(rate[()] for rate in found)))
        return out

    return rates


def lifetimes(response: Response, bias: float, kT: ArrayLike) -> list[tuple[float, Any]]:
    """Mean time in each well, one over the sum of its `escape_rates`: (x_stable, time) of each."""
    rates: dict[float, Any] = {}
    for escape in escape_rates(response, bias, kT):
        rates[escape.x_stable] = rates.get(escape.x_stable, 0.0) + escape.rate
    with np.errstate(divide="ignore", over="ignore"):  # a well that is never left
        return [(well, 1 / rates[well]) for well in sorted(rates)]


_SAME = 1e-12  # of a barrier: tops that differ by less are of one height
_gauss = cache(np.polynomial.legendre.leggauss)


def round_trip_action(response: Response, bias: float, x_stable: float, x_unstable: float) -> float:
    """Action of the frictionless orbit in a well at the height of its barrier's top.

    2 int sqrt(2 M (U(x_unstable) - U(x))) dx from the top to where the orbit turns beyond the well.
    Friction takes nu/M times this from each round trip.
    """
    below = partial(drop, response, x_unstable, bias=bias)
    rest, step = equilibria(response, bias).x, x_stable - x_unstable
    beyond = rest[(rest - x_stable) * step > 0][:: 1 if step > 0 else -1]
    # the orbit turns before the first top that is as high, or beyond all of them
    places = np.append(x_stable, beyond)
    left = below(places)
    while not np.any(stops := left <= _SAME * left[0]):
        places = np.append(places, places[-1] + step)
        left = np.append(left, below(places[-1]))
        if abs(places[-1]) > 1e3 * (abs(step) + abs(x_stable)):
            raise ArithmeticError(f"x_stable = {x_stable}: no bond holds the dot at this height")
    first = int(np.argmax(stops))
    inside = places[first]
    if left[first] < -_SAME * left[0]:
        inside = bracketed_root(below, places[first - 1], inside)
    nodes, weights = _gauss(80)
    angle = np.pi / 2 * nodes
    middle, half = (inside + x_unstable) / 2, abs(inside - x_unstable) / 2
    momentum = np.sqrt(2 * response.device.M * np.maximum(below(middle + half * np.sin(angle)), 0))
    return float(np.pi * half * np.sum(weights * momentum * np.cos(angle)))


def depopulation(loss: ArrayLike) -> Any:
    """Mel'nikov's factor Y(D) of the energy D lost on a round trip, in units of kT.

    ln Y = (1/2 pi) int ln[1 - exp(-D (z^2 + 1/4))]/(z^2 + 1/4) dz; D if small, 1 if large.
    """
    loss = _check.positive("loss", loss)
    # with z = tan(angle)/2 the integrand is ln[1 - exp(-D/(4 cos^2 angle))]/pi
    nodes, weights = _gauss(200)
    inside = np.log(-np.expm1(-loss[..., None] / (4 * np.cos(np.pi / 2 * nodes) ** 2)))
    return np.exp(0.5 * (inside @ weights))[()]
