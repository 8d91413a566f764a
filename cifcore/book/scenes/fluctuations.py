"""Scene: two wells and noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cifcore.book.scenes.picture import Control, Panel, Picture, Scene, Trace
from cifcore.book.scenes.pieces import VOLTAGE, ZETA, X, area, listed, number, rest_positions
from cifcore.device import paper_device
from cifcore.force.linear import LinearBias
from cifcore.motion.drive import pulses
from cifcore.motion.noise import langevin
from cifcore.positions.landscape import potential

_DOTS, _DRAWN = 60, 4


def _fluctuations(kT: float, zeta: float, eV: float) -> Picture:
    device = paper_device("2b", zeta=zeta)
    response = LinearBias(device)
    rng = np.random.default_rng(20)
    # at zero bias the dots are at thermal equilibrium in the spring's well
    x0 = rng.normal(0.0, np.sqrt(kT / device.k), _DOTS)
    v0 = rng.normal(0.0, np.sqrt(kT / device.M), _DOTS)
    duration, samples = 7.5e4, 150
    found = langevin(
        response,
        pulses([(eV, duration)]),
        kT,
        _DOTS,
        rng,
        x0,
        v0,
        dt=2 * np.pi / float(device.omega) / 28,
        samples=samples,
    )
    t = np.concatenate([[0.0], found.t]) / 1e4
    x = np.concatenate([x0[None, :], found.x])
    stable, unstable = rest_positions(response, eV)
    z = np.linspace(min(-0.6, float(np.min(x))), max(2.6, float(np.max(x))), 141)
    energy = potential(response, z, eV)
    weight = np.exp(-(energy - np.min(energy)) / kT)
    density = weight / area(weight, z)
    late = x[len(t) // 2 :].ravel()
    counts, edges = np.histogram(late, bins=36, range=(float(z[0]), float(z[-1])), density=True)
    steps_x, steps_y = np.repeat(edges, 2)[1:-1], np.repeat(counts, 2)
    colours = ("third", "fourth", "negative", "positive")
    span = (0.0, float(t[-1]))
    in_time = r"$t$ ($10^4\,\hbar/\gamma_0$)"
    walls = tuple(
        Trace(np.array(span), np.array([wall, wall]), "barrier", "ink", "dashed", width=1.0)
        for wall in unstable
    )
    drawn = tuple(Trace(t, x[:, i], "", colours[i], width=1.0) for i in range(_DRAWN))
    tall = (float(z[0]), float(z[-1]))
    panels = [
        Panel(in_time, X, (*drawn, *walls), span, tall),
        Panel(
            X,
            "density ($1/a$)",
            (
                Trace(steps_x, steps_y, "second half of the run", "third", base=0 * steps_y),
                Trace(z, density, "Boltzmann", "ink", "dashed"),
            ),
            tall,
        ),
    ]
    if len(unstable) != 1:
        said = f"At eV = {number(eV)} γ₀ there is a single well, at x = {listed(stable)} a."
        return Picture(tuple(panels), said)
    near = x < unstable[0]
    panels.insert(
        1,
        Panel(
            in_time,
            "fraction in the near well",
            (Trace(t, near.mean(axis=1), "", "third"),),
            span,
            (0.0, 1.0),
        ),
    )
    settled = near[4]
    escaped = int(np.sum(settled & ~near[-1]))
    barrier = potential(response, unstable, eV) - potential(response, stable[:1], eV)
    equilibrium = float(area(np.where(z < unstable[0], density, 0), z))
    said = (
        f"The barrier out of the near well is {number(barrier[0] / kT)} kT high. Of {_DOTS} dots,"
        f" {int(np.sum(settled))} are there at t = {number(1e4 * t[4])} ħ/γ₀, and {escaped} of"
        f" these have left it by the end; at thermal equilibrium"
        f" {number(100 * equilibrium, 2)} % would be in it."
    )
    return Picture(tuple(panels), said)


SCENE = Scene(
    "fluctuations",
    "Two wells and noise",
    (
        Control(
            "kT",
            r"temperature, $k_B T_0$",
            r"$\gamma_0$",
            1e-4,
            5e-3,
            1e-3,
            log=True,
            frames=18,
        ),
        replace(ZETA, default=0.5, frames=18),
        replace(VOLTAGE, low=0.1, frames=11),
    ),
    _fluctuations,
    together=(("kT", 9), ("eV", 9)),
)
