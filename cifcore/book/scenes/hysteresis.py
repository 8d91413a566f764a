"""Scene: the loop of a slow sweep."""

import numpy as np
from numpy.typing import NDArray

from cifcore import LinearBias, folds, follow, paper_device, potential, rest_position
from cifcore.book.scenes.controls import COUPLING, LAM, SHAPE, VOLTAGE
from cifcore.book.scenes.picture import Axis, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import on_stage, window
from cifcore.book.scenes.words import BIAS, FORCE, X, listed, number, times
from cifcore.device import Array


def _loop(eV: float, lam: float, gamma: float, b: float) -> Picture:
    response = LinearBias(paper_device("6", lam=lam, gamma=gamma, b=b))
    k, turning = response.device.k, folds(response, eV)
    # the sweep sees both sides of every fold
    near = np.concatenate([turning.bias * (1 - 1e-9), turning.bias * (1 + 1e-9)])
    sweep = np.unique(np.concatenate([np.linspace(-eV, eV, 61), near[np.abs(near) <= eV]]))
    both = np.concatenate([sweep, sweep[::-1]])
    path = follow(response, both, x0=float(rest_position(response, -eV)))
    up, down = np.split(path, 2)

    branch, x, stable, unstable = _branch(response, eV, path, turning.x)
    loop = panel(
        Axis(BIAS, (-0.32, 0.32), (-1.05 * eV, 1.05 * eV)),
        Axis(X, (-1.7, 1.9), window(np.concatenate([path, turning.x]), 0.08, 0.05)),
        Trace(branch, np.where(stable, x, np.nan), "stable", "muted", width=1.2),
        Trace(branch, np.where(unstable, x, np.nan), "unstable", "muted", "dashed", width=1.2),
        Trace(sweep, up, "sweep up", "positive", width=3.2),
        Trace(sweep[::-1], down, "sweep down", "negative", width=1.4),
        Trace(turning.bias, turning.x, "folds", "ink", "none", "open"),
        cursor=(both, path),
    )
    traces: list[Trace] = []
    lost: list[float] = []
    for name, colour, bias, way in (
        ("jump on the way up", "positive", sweep, up),
        ("jump on the way down", "negative", sweep[::-1], down),
    ):
        for i in np.flatnonzero(np.abs(np.diff(bias)) <= 4e-9 * np.abs(bias[1:])):
            z, at = np.linspace(way[i], way[i + 1], 41), bias[i + 1]
            if abs(z[-1] - z[0]) > 1e-3 * response.length:
                traces.append(Trace(z, response.force(z, at), name, colour, base=k * z, width=1.8))
                lost.append(-float(np.diff(potential(response, z[[0, -1]], at))[0]))
    # around the jumps, or else the whole way
    ends = window([t.x for t in traces], 0.25) if traces else window(path, 0.0)
    line = k * np.array(ends)
    area = panel(
        Axis(X, (-1.7, 1.9), ends),
        Axis(
            FORCE,
            (-0.035, 0.04),
            window(np.concatenate([*(t.y for t in traces), line]), 0.08, 1e-4),
        ),
        Trace(np.array(ends), line, "at rest, $F = kx$", "muted", width=1.2),
        *traces,
        cursor=(path, k * path),
    )
    stage = on_stage(response, both, path, clock=np.linspace(0.0, 1.0, len(both)))
    return Picture((loop, area), _said(eV, turning.bias, lost), stage)


def _branch(
    response: LinearBias, eV: float, path: Array, turning: Array
) -> tuple[Array, Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Bias and position along the branch of rest positions, and which of these are stable."""
    reach = 1.15 * float(np.max(np.abs(np.concatenate([path, turning, [0.5]]))))
    # close enough everywhere, and closer at the folds
    close = np.add.outer(turning, 0.02 * response.length * np.arange(-20, 21)).ravel()
    x = np.unique(np.concatenate([np.linspace(-reach, reach, 301), close]))
    unit, slope = response.force(x, 1.0), response.force_slope(x, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        branch = response.device.k * x / unit
    shown = np.abs(branch) <= 1.02 * eV
    stable = shown & (branch * slope < response.device.k)
    steep = shown & (branch * slope >= response.device.k)
    # and its neighbours, so that dashed and solid parts touch
    unstable = steep.copy()
    unstable[1:] |= steep[:-1]
    unstable[:-1] |= steep[1:]
    return branch, x, stable, unstable & shown


def _said(eV: float, turning: Array, lost: list[float]) -> str:
    if lost:
        said = (
            f"Swept slowly between ±{number(eV)} γ₀, the dot jumps {times(len(lost))} a cycle, at"
            f" the folds eV = {listed(turning)} γ₀. The shaded area is the work that the"
            f" current does and friction takes, however slow the sweep:"
            f" {number(sum(lost))} γ₀ a cycle."
        )
        if len(turning) == 2:
            wide = number(np.ptp(turning))
            said += f" The window of two stable positions is {wide} γ₀ wide."
        return said
    if len(turning):
        return "There are folds in this range, but the sweep does not reach a jump and its return."
    return (
        f"Between ±{number(eV)} γ₀ there is one position for each bias: both sweeps take the"
        " same path, and a slow cycle yields no work."
    )


SCENE = Scene(
    "The loop of a slow sweep",
    (
        VOLTAGE.replace(label="largest bias, $eV$", low=0.02, default=0.15),
        LAM.replace(low=0.0, default=0.6, frames=11),
        COUPLING.replace(high=0.4, default=0.2, frames=10),
        SHAPE.replace(low=2.0, high=10.0, default=7.0),
    ),
    _loop,
    together=("lam", "gamma"),
    presets=(
        ("Too small a bias to jump", {"eV": 0.1}),
        ("Strong coupling", {"gamma": 0.4}),
        ("A symmetric device", {"lam": 0.0}),
    ),
    code="""import numpy as np
from cifcore import LinearBias, folds, follow, paper_device

response = LinearBias(paper_device("6", lam={lam}, gamma={gamma}, b={b}))
turning = folds(response, {eV})
print(turning.bias, turning.x)
sweep = np.linspace(-{eV}, {eV}, 301)
up = follow(response, sweep)
print(up[-1])
""",
)
