"""Scene: the force, the rest positions and the potential."""

import numpy as np

from cifcore import LinearBias, equilibria, paper_device, potential
from cifcore.book.scenes import controls, pieces
from cifcore.book.scenes.picture import Axis, Panel, Picture, Scene, Stage, Trace, panel
from cifcore.book.scenes.words import ENERGY, FORCE, X, listed, number, wells
from cifcore.device import Array


def _force(
    eV: float, lam: float, E_dot: float, gamma: float, b: float, k: float, M: float
) -> Picture:
    device = paper_device("2b", lam=lam, E_dot=E_dot, gamma=gamma, b=b, k=k, M=M)
    response, a0 = LinearBias(device), device.a0
    x = np.linspace(-a0, a0, 221)
    both = equilibria(response, np.array([eV, -eV]))
    here = np.isfinite(both.x)
    stable, unstable, mirrored = (
        both.x[way][here[way] & (both.stable[way] == kind)]
        for way, kind in ((0, True), (0, False), (1, True))
    )
    force = eV * response.force(x, 1.0)
    stage = pieces.on_stage(response, eV, stable=stable, unstable=unstable)
    colour, other = pieces.sign_colour(eV), pieces.sign_colour(-eV)
    reach = pieces.window(np.concatenate([force, -force, k * both.x[here], [0]]), 0.1, 1e-4)
    forces = panel(
        Axis(X, (-a0, a0)),
        Axis(FORCE, (-0.13, 0.13), reach),
        pieces.spring(x, k),
        Trace(x, -force, "at $-eV$", other, "dashed", width=1.2),
        Trace(x, force, "at $eV$", colour),
        *pieces.rest_marks(stable, unstable, lambda at: k * at, colour),
        cursor=(stage.x, k * stage.x),
    )
    potentials, tops = _potentials(response, eV, stage, x, colour)
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
        left = np.max(outside[outside < place], initial=x[0])
        right = np.min(outside[outside > place], initial=x[-1])
        parts += [np.array([[left, right], [height, height]]), parts[0]]
    both = np.concatenate(parts, axis=1)
    return both[0], both[1]


def _potentials(
    response: LinearBias, eV: float, stage: Stage, x: Array, colour: str
) -> tuple[Panel, Array]:
    """The panel, and the potential at the stable and unstable positions and at zero."""
    k, stable, unstable = response.device.k, stage.stable, stage.unstable
    level = float(potential(response, 0.0, eV))
    inside = np.concatenate([stable, unstable, [0.0]])
    left, right = pieces.window(inside, 0.35, 0.5)
    energy = potential(response, x, eV) - level
    tops = potential(response, inside, eV) - level
    low, high = float(np.min(tops)), float(np.max(tops))
    depth = max(high - low, 0.25 * k * 0.25)
    potentials = panel(
        Axis(X, (-2.5, 2.5), (max(left, x[0]), min(right, x[-1]))),
        Axis(ENERGY, (-0.06, 0.04), (low - 0.15 * depth, high + 0.5 * depth)),
        pieces.spring_alone(x, k),
        Trace(x, energy, r"$U_{eff}$, from $x = 0$", colour),
        Trace(*_levels(response, eV, stable, x, energy), "zero-point level", "third"),
        pieces.marks(stable, tops[: len(stable)], True, colour),
        pieces.marks(unstable, tops[len(stable) : -1], False, colour),
        cursor=(stage.x, potential(response, stage.x, eV) - level),
    )
    return potentials, tops


SCENE = Scene(
    "Force, equilibria and potential",
    (
        controls.VOLTAGE.replace(low=-0.4, high=0.4, frames=33),
        controls.LAM,
        controls.E_DOT,
        controls.COUPLING,
        controls.SHAPE,
        controls.STIFFNESS,
        controls.MASS,
    ),
    _force,
    presets=(
        ("Just past the fold", {"eV": 0.31}),
        ("A symmetric device", {"lam": 0.0}),
        ("Bias reversed", {"eV": -0.2}),
        controls.HEAVY,
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
