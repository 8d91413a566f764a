"""Scene: two wells and noise."""

from dataclasses import replace

import numpy as np

from cifcore import LinearBias, langevin, paper_device, potential, pulses
from cifcore.book.scenes.controls import HEAVY, MASS, VOLTAGE, ZETA
from cifcore.book.scenes.picture import Axis, Control, Panel, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import levels, on_stage, rest_positions, swing
from cifcore.book.scenes.words import SWINGS, TIME, X, listed, number
from cifcore.device import Array

_DOTS, _DRAWN, _STEPS = 60, 4, 2
LASTS = 54.0  # swings


def _fluctuations(kT: float, zeta: float, eV: float, M: float) -> Picture:
    device = paper_device("2b", zeta=zeta, M=M)
    response = LinearBias(device)
    t, x = _run(response, kT, eV)
    stable, unstable = rest_positions(response, eV)
    z = np.linspace(min(-0.6, float(np.min(x))), max(2.6, float(np.max(x))), 141)
    energy = potential(response, z, eV)
    weight = np.exp(-(energy - np.min(energy)) / kT)
    density = weight / np.trapezoid(weight, z)
    colours = ("third", "fourth", "negative", "positive")
    span, place = Axis(SWINGS, (0.0, LASTS)), Axis(X, (-1.7, 3.0), (float(z[0]), float(z[-1])))
    shown = slice(None, None, _STEPS)  # of the times, on the stage
    swarm, clock = tuple(x[shown, 1::2].T), swing(device) * t[shown]
    stage = on_stage(response, eV, x[shown, 0], clock=clock, clock_label=TIME, swarm=swarm)
    level = float(potential(response, stable[:1], eV)[0])
    stage = replace(stage, energy=potential(response, stage.place, eV) - level)
    panels = [
        panel(
            span,
            place,
            *(Trace(t, x[:, i], "", colours[i], width=1.0) for i in range(_DRAWN)),
            *levels(span.range, unstable, "barrier", "ink"),
            cursor=(t[shown], x[shown, 0]),
        ),
        _densities(place, x[len(t) // 2 :].ravel(), z, density),
    ]
    if len(unstable) != 1:
        said = f"At eV = {number(eV)} γ₀ there is a single well, at x = {listed(stable)} a."
        return Picture(tuple(panels), said, stage)
    near = x < unstable[0]
    part = panel(
        span,
        Axis("fraction in the near well", (0.0, 1.0)),
        Trace(t, near.mean(axis=1), "", "third"),
        cursor=(t[shown], near.mean(axis=1)[shown]),
    )
    panels.insert(1, part)
    barrier = float(potential(response, unstable, eV)[0]) - level
    equilibrium = float(np.trapezoid(np.where(z < unstable[0], density, 0), z))
    settled = near[4]
    escaped = int(np.sum(settled & ~near[-1]))
    said = (
        f"The barrier out of the near well is {number(barrier / kT)} kT high. Of {_DOTS} dots,"
        f" {int(np.sum(settled))} are there after {number(t[4])} swings, and {escaped} of"
        f" these have left it by the end; at thermal equilibrium"
        f" {number(100 * equilibrium, 2)} % would be in it."
        f" A swing of the spring alone takes {number(swing(device))} ħ/γ₀."
    )
    return Picture(tuple(panels), said, stage)


def _run(response: LinearBias, kT: float, eV: float) -> tuple[Array, Array]:
    """Times, in swings, and the positions of all dots."""
    device = response.device
    rng = np.random.default_rng(20)
    # at zero bias the dots are at thermal equilibrium in the spring's well
    x0 = rng.normal(0.0, np.sqrt(kT / device.k), _DOTS)
    v0 = rng.normal(0.0, np.sqrt(kT / device.M), _DOTS)
    once = swing(device)
    drive = pulses([(eV, LASTS * once)])
    found = langevin(response, drive, kT, _DOTS, rng, x0, v0, dt=once / 28, samples=150)
    return np.concatenate([[0.0], found.t]) / once, np.concatenate([x0[None, :], found.x])


def _densities(place: Axis, late: Array, z: Array, density: Array) -> Panel:
    """Where the dots are late in the run, and where thermal equilibrium has them."""
    counts, edges = np.histogram(late, bins=36, range=place.fit, density=True)
    steps_x, steps_y = np.repeat(edges, 2)[1:-1], np.repeat(counts, 2)
    tall = 1.05 * float(max(np.max(density), np.max(counts)))
    return panel(
        place,
        Axis("density ($1/a$)", (0.0, 8.0), (0.0, tall)),
        Trace(steps_x, steps_y, "second half of the run", "third", base=0 * steps_y),
        Trace(z, density, "Boltzmann", "ink", "dashed"),
    )


SCENE = Scene(
    "Two wells and noise",
    (
        Control("kT", r"temperature, $k_B T_0$", r"$\gamma_0$", 1e-4, 5e-3, 1e-3, frames=9),
        ZETA.replace(default=0.5, frames=12),
        VOLTAGE.replace(low=0.1, frames=9),
        MASS,
    ),
    _fluctuations,
    together=("kT", "eV"),
    presets=(
        ("Ten times colder", {"kT": 1e-4}),
        ("Five times warmer", {"kT": 5e-3}),
        ("Less friction", {"zeta": 0.05}),
        HEAVY,
    ),
    code="""import numpy as np
from cifcore import LinearBias, barriers, langevin, paper_device, pulses

device = paper_device("2b", zeta={zeta}, M={M})
response, kT, dots = LinearBias(device), {kT}, 60
rng = np.random.default_rng(20)
x0 = rng.normal(0.0, np.sqrt(kT / device.k), dots)
v0 = rng.normal(0.0, np.sqrt(kT / device.M), dots)
swing = 2 * np.pi / device.omega
run = langevin(response, pulses([({eV}, 54 * swing)]), kT, dots, rng, x0, v0, dt=swing / 28)
for stable, unstable, height in barriers(response, {eV}):
    print(stable, unstable, height / kT, np.mean(run.x_end < unstable))
""",
)
