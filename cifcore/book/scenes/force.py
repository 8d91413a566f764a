"""Scene: the force, the rest positions and the potential."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore import LinearBias, equilibria, paper_device, potential
from cifcore.book.scenes.controls import (
    COUPLING,
    E_DOT,
    HEAVY,
    LAM,
    MASS,
    SHAPE,
    STIFFNESS,
    VOLTAGE,
)
from cifcore.book.scenes.picture import Axis, Panel, Picture, Scene, Stage, Trace, panel
from cifcore.book.scenes.pieces import (
    at_rest,
    marks,
    rest_marks,
    sign_colour,
    spring,
    spring_alone,
    window,
)
from cifcore.book.scenes.words import ENERGY, FORCE, X, listed, number, wells
from cifcore.device import Array


def _force(
    eV: float, lam: float, E_dot: float, gamma: float, b: float, k: float, M: float
) -> Picture:
    device = paper_device("2b", lam=lam, E_dot=E_dot, gamma=gamma, b=b, k=k, M=M)
    response = LinearBias(device)
    a0 = device.a0
    x = np.linspace(-a0, a0, 221)
    both = equilibria(response, np.array([eV, -eV]))
    here = np.isfinite(both.x)
    stable = both.x[0][here[0] & both.stable[0]]
    unstable = both.x[0][here[0] & ~both.stable[0]]
    mirrored = both.x[1][here[1] & both.stable[1]]
    unit = response.force(x, 1.0)
    stage = at_rest(response, eV, stable, unstable)
    colour, other = sign_colour(eV), sign_colour(-eV)
    forces = panel(
        Axis(X, (-a0, a0)),
        Axis(
            FORCE,
            (-0.13, 0.13),
            window(np.concatenate([eV * unit, -eV * unit, k * both.x[here], [0]]), 0.1, 1e-4),
        ),
        spring(x, k),
        Trace(x, -eV * unit, "at $-eV$", other, "dashed", width=1.2),
        Trace(x, eV * unit, "at $eV$", colour),
        *rest_marks(stable, unstable, lambda at: k * at, colour),
        cursor=(stage.x, k * stage.x),
    )
    potentials, tops = _potentials(response, eV, stage, colour)
    said = wells(stable, unstable, eV)
    if len(unstable):
        heights = [
            tops[len(stable) + i] - tops[j] for i in range(len(unstable)) for j in (i, i + 1)
        ]
        least = np.minimum.reduceat(heights, np.maximum(2 * np.arange(len(stable)) - 1, 0))
        deep = int(np.sum(_zero_point(response, eV, stable) < least))
        which = {0: "none of them is", 1: "one of them is", len(stable): "each is"}.get(
            deep, f"{deep} of them is"
        )
        said += f" The barriers out of the wells are {listed(heights)} γ₀ high; at this mass"
        said += f" {which} deeper than its zero-point energy."
    said += f" With the bias reversed it rests at {listed(mirrored)} a"
    said += ", the mirror image." if lam == 0 else "."
    if np.any(np.abs(both.x[here]) > a0):
        said += f" Positions beyond the leads, at ±{number(a0)} a, are outside the model."
    return Picture((forces, potentials), said, stage)


def _zero_point(response: LinearBias, eV: float, stable: Array) -> Array:
    """Zero-point energy of each well, hbar omega/2."""
    stiffness = response.device.k - response.force_slope(stable, eV)
    return np.sqrt(np.maximum(stiffness, 0) / response.device.M) / 2


def _levels(
    response: LinearBias, eV: float, stable: Array, x: Array, energy: Array
) -> tuple[Array, Array]:
    """A line across each well at its zero-point level, with gaps between."""
    parts = [np.full((2, 1), np.nan)]
    heights = np.interp(stable, x, energy) + _zero_point(response, eV, stable)
    for place, height in zip(stable, heights, strict=True):
        outside = x[energy > height]
        ends = (
            np.max(outside[outside < place], initial=x[0]),
            np.min(outside[outside > place], initial=x[-1]),
        )
        parts += [np.array([ends, [height, height]]), np.full((2, 1), np.nan)]
    both = np.concatenate(parts, axis=1)
    return both[0], both[1]


def _potentials(response: LinearBias, eV: float, stage: Stage, colour: str) -> tuple[Panel, Array]:
    """The panel, and the potential at the stable and unstable positions and at zero."""
    a0, k, stable, unstable = (response.device.a0, response.device.k, stage.stable, stage.unstable)
    x = np.linspace(-a0, a0, 221)
    level = float(potential(response, 0.0, eV))
    inside = np.concatenate([stable, unstable, [0.0]])
    reach = window(inside, 0.35, 0.5)
    reach = (max(reach[0], -a0), min(reach[1], a0))
    energy = potential(response, x, eV) - level
    tops = potential(response, inside, eV) - level
    high = float(np.max(tops))
    depth = max(high - float(np.min(tops)), 0.25 * k * 0.25)
    potentials = panel(
        Axis(X, (-2.5, 2.5), reach),
        Axis(ENERGY, (-0.06, 0.04), (float(np.min(tops)) - 0.15 * depth, high + 0.5 * depth)),
        spring_alone(x, k),
        Trace(x, energy, r"$U_{eff}$, from $x = 0$", colour),
        Trace(*_levels(response, eV, stable, x, energy), "zero-point level", "third"),
        marks(stable, tops[: len(stable)], True, colour),
        marks(unstable, tops[len(stable) : -1], False, colour),
        cursor=(stage.x, potential(response, stage.x, eV) - level),
    )
    return potentials, tops


SCENE = Scene(
    "force",
    "Force, equilibria and potential",
    (
        replace(VOLTAGE, low=-0.4, high=0.4, frames=33, also=(0.31,)),
        replace(LAM, also=(0.0,)),
        E_DOT,
        COUPLING,
        SHAPE,
        STIFFNESS,
        MASS,
    ),
    _force,
    together=("eV", "lam"),
    presets=(
        ("Just past the fold", {"eV": 0.31}),
        ("A symmetric device", {"lam": 0.0}),
        ("Bias reversed", {"eV": -0.2}),
        HEAVY,
    ),
    code="""from cifcore import LinearBias, equilibria, paper_device, potential

device = paper_device("2b", lam={lam}, E_dot={E_dot}, gamma={gamma}, b={b}, k={k}, M={M})
response = LinearBias(device)
rest = equilibria(response, {eV})
print(rest.x, rest.stable)
print(potential(response, rest.x, {eV}))
well = rest.x[rest.stable]
print(((device.k - response.force_slope(well, {eV})) / device.M) ** 0.5 / 2)  # zero-point energy
""",
)
