"""Scene: the loop of a slow sweep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cifcore.book.scenes.picture import Panel, Picture, Scene, Trace
from cifcore.book.scenes.pieces import (
    BIAS,
    COUPLING,
    FORCE,
    LAM,
    SHAPE,
    VOLTAGE,
    X,
    listed,
    number,
    window,
)
from cifcore.device import paper_device
from cifcore.force.linear import LinearBias
from cifcore.positions.diode import follow, rest_position
from cifcore.positions.landscape import potential
from cifcore.positions.rest import folds


def _loop(eV: float, lam: float, gamma: float, b: float) -> Picture:
    device = paper_device("6", lam=lam, gamma=gamma, b=b)
    response = LinearBias(device)
    k = device.k
    turning = folds(response, eV)
    # the sweep sees both sides of every fold
    near = np.concatenate([turning.bias * (1 - 1e-9), turning.bias * (1 + 1e-9)])
    sweep = np.unique(np.concatenate([np.linspace(-eV, eV, 61), near[np.abs(near) <= eV]]))
    both = np.concatenate([sweep, sweep[::-1]])
    path = follow(response, both, x0=float(rest_position(response, -eV)))
    up, down = path[: len(sweep)], path[len(sweep) :]

    reach = max(1.15 * float(np.max(np.abs(path))), 0.5)
    x = np.linspace(-reach, reach, 301)
    unit, slope = response.force(x, 1.0), response.force_slope(x, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        branch = k * x / unit
    shown = np.abs(branch) <= 1.02 * eV
    stable = shown & (branch * slope < k)
    unstable = _with_ends(shown & (branch * slope >= k), shown)
    loop = Panel(
        BIAS,
        X,
        (
            Trace(branch, np.where(stable, x, np.nan), "stable", "muted", width=1.2),
            Trace(branch, np.where(unstable, x, np.nan), "unstable", "muted", "dashed", width=1.2),
            Trace(sweep, up, "sweep up", "positive", width=3.2),
            Trace(sweep[::-1], down, "sweep down", "negative", width=1.4),
            Trace(turning.bias, turning.x, "folds", "ink", "none", "open"),
        ),
        (-1.05 * eV, 1.05 * eV),
    )
    traces: list[Trace] = []
    lost, touched = [], []
    for name, colour, bias, way in (
        ("jump on the way up", "positive", sweep, up),
        ("jump on the way down", "negative", sweep[::-1], down),
    ):
        for i in np.flatnonzero(np.abs(np.diff(bias)) <= 4e-9 * np.abs(bias[1:])):
            start, stop, at = way[i], way[i + 1], bias[i + 1]
            if abs(stop - start) > 1e-3 * response.length:
                z = np.linspace(start, stop, 41)
                traces.append(Trace(z, response.force(z, at), name, colour, base=k * z, width=1.8))
                fall = potential(response, np.array([start, stop]), at)
                touched += [start, stop]
                lost.append(float(fall[0] - fall[1]))
    # around the jumps, or else the whole way
    ends = np.array(window(touched, 0.25) if touched else window(path, 0.0))
    spring = Trace(ends, k * ends, "at rest, $F = kx$", "muted", width=1.2)
    area = Panel(X, FORCE, (spring, *traces), (float(ends[0]), float(ends[1])))
    if touched:
        wide = np.abs(np.subtract.outer(turning.bias, turning.bias))
        said = (
            f"Swept slowly between ±{number(eV)} γ₀, the dot jumps {len(lost)} times a cycle, at"
            f" the folds eV = {listed(turning.bias)} γ₀. The shaded area is the work that the"
            f" current does and friction takes, however slow the sweep:"
            f" {number(sum(lost))} γ₀ a cycle."
        )
        if len(turning.bias) == 2:
            said += f" The window of two stable positions is {number(np.max(wide))} γ₀ wide."
    elif len(turning.bias):
        said = "There are folds in this range, but the sweep does not reach a jump and its return."
    else:
        said = (
            f"Between ±{number(eV)} γ₀ there is one position for each bias: both sweeps take the"
            " same path, and a slow cycle yields no work."
        )
    return Picture((loop, area), said)


def _with_ends(mask: NDArray[np.bool_], shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and its neighbours, so that dashed and solid parts of a branch touch."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    return wide & shown


SCENE = Scene(
    "hysteresis",
    "The loop of a slow sweep",
    (
        replace(VOLTAGE, label="largest bias, $eV$", low=0.02, default=0.15),
        replace(LAM, low=0.0, default=0.6, frames=19),
        replace(COUPLING, high=0.4, default=0.2),
        replace(SHAPE, low=2.0, high=10.0, default=7.0),
    ),
    _loop,
    together=(("lam", 10), ("gamma", 8)),
)
