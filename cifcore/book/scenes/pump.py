"""Scene: the symmetric pump."""

from dataclasses import dataclass

import numpy as np

from cifcore import LinearBias, paper_device, pulses, ramp, simulate
from cifcore.book.scenes.controls import HEAVY, MASS, SCENE_TOLERANCE, VOLTAGE, ZETA
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import levels, on_stage, rest_positions, swing, window
from cifcore.book.scenes.words import X, number
from cifcore.device import Array
from cifcore.motion.path import Motion

RINGS = 11.0  # swings shown after the reversal
_SAME = 1e-4  # of the length of the force, and of that in the time of a swing


@dataclass(frozen=True)
class _Part:
    """A segment of the train, and how its motion goes: `side` times that of `run`."""

    side: float
    run: Motion
    charge: float  # before it

    def at(self, elapsed: Array) -> tuple[Array, Array]:
        """Position and charge."""
        path = self.run.at(np.minimum(elapsed, self.run.t[-1]))
        return self.side * path.x, self.charge + self.side * path.charge


def _parts(response: LinearBias, eV: float, pulse: float) -> list[_Part]:
    """The ramp and four pulses. One that begins as another did, or its mirror image, goes so too.

    The device is symmetric: turned over, a pulse of the other sign is the same.
    """
    close = _SAME * np.array([1.0, response.device.omega]) * response.length
    run = simulate(response, ramp(0.0, eV, pulse, smooth=True), rtol=SCENE_TOLERANCE)
    parts = [_Part(1.0, run, 0.0)]
    for side in (1.0, -1.0) * 2:
        last = parts[-1]
        start = side * last.side * np.array([last.run.x[-1], last.run.v[-1]])
        for run in (part.run for part in parts[1:]):
            if np.all(np.abs(start - [run.x[0], run.v[0]]) <= close):
                break
        else:
            run = simulate(response, pulses([(eV, pulse)]), *start, rtol=SCENE_TOLERANCE)
        parts.append(_Part(side, run, last.charge + last.side * float(last.run.charge[-1])))
    return parts


def _pump(zeta: float, eV: float, pulse: float, M: float) -> Picture:
    device = paper_device("7", zeta=zeta, M=M)
    response, once = LinearBias(device), swing(device)
    parts = _parts(response, eV, pulse)
    ringing = min(pulse, RINGS * once)
    early = np.linspace(0, ringing, 61)
    late = np.linspace(ringing, pulse, 9)[1:] if pulse > ringing else np.zeros(0)
    one = np.concatenate([early, late])
    times = np.concatenate([i * pulse + one for i in range(len(parts))])
    x, charge = np.concatenate([part.at(one) for part in parts], axis=1)
    # time and charge count from the first pulse
    tau = (times - pulse) / (2 * pulse)
    charge = charge - parts[1].charge
    switch = np.linspace(0, ringing, 161)
    since = np.full(len(x), np.nan)
    since[2 * len(one) : 3 * len(one)] = one / once
    # at the end of each the bias before the jump
    bias = np.repeat([eV, eV, -eV, eV, -eV], len(one))
    bias[: len(one)] = ramp(0.0, eV, pulse, smooth=True)(one)
    places = np.concatenate([rest_positions(response, bias)[0] for bias in (eV, -eV)])
    cycles = Axis(r"time in cycles, $t/\tau$", (-0.5, 2.0))
    swings = Axis("swings after a reversal", (0.0, RINGS), (0.0, ringing / once))
    place = Axis(X, (-3.1, 3.1), window(np.concatenate([places, x]), 0.08, 0.05))
    panels = (
        panel(
            cycles,
            place,
            *levels((tau[0], tau[-1]), places),
            Trace(tau, x, "", "third"),
            cursor=(tau, x),
        ),
        panel(
            swings,
            place,
            *levels((0.0, ringing / once), places),
            Trace(switch / once, parts[2].at(switch)[0], "", "third"),
            cursor=(since, x),
        ),
        panel(
            cycles,
            Axis("charge $Q$ ($e$)", (-25.0, 65.0), window(charge, 0.08, 0.05)),
            Trace(tau, charge, "", "third"),
            cursor=(tau, charge),
        ),
    )
    stage = on_stage(response, bias, x, clock=tau, clock_label=cycles.label)
    return Picture(panels, _said(parts, places, pulse / once), stage)


def _said(parts: list[_Part], places: Array, swings: float) -> str:
    ends = np.array([part.side * float(part.run.x[-1]) for part in parts[-2:]])
    near = places[np.argmin(np.abs(np.subtract.outer(ends, places)), axis=1)]
    # a dot that has settled is where it rests, to more digits than its motion was followed to
    ends = np.where(np.abs(ends - near) < 10 * SCENE_TOLERANCE, near, ends)
    per_cycle = sum(part.side * float(part.run.charge[-1]) for part in parts[-2:])
    said = f"A pulse lasts {number(swings)} swings; in the second cycle they leave the dot at"
    said += f" x = {number(ends[0])} a and {number(ends[1])} a. These are"
    if abs(ends[0] + ends[1]) > 0.05 * abs(ends[0] - ends[1]) + 1e-6:
        return f"{said} not mirror images: {number(per_cycle)} e flow each cycle."
    # what rounding leaves is not worth a number
    rest = f" to {number(per_cycle, 2)} e a cycle" if abs(per_cycle) > 1e-9 else ""
    return f"{said} mirror images, and the charge of the two pulses cancels{rest}."


SCENE = Scene(
    "A pump without a direction",
    (
        ZETA.replace(default=0.16, high=0.5, frames=16),
        VOLTAGE.replace(low=0.02, high=0.2, default=0.1, frames=10),
        Control(
            "pulse", r"length of a pulse, $\tau/2$", r"$\hbar/\gamma_0$", 2e3, 5e5, 5e5, frames=25
        ),
        MASS,
    ),
    _pump,
    presets=(
        ("A little more friction", {"zeta": 0.2}),
        ("Below the window", {"eV": 0.06}),
        ("Pulses too short to settle", {"pulse": 2000.0}),
        HEAVY,
    ),
    code="""import numpy as np
from cifcore import LinearBias, paper_device, pulses, ramp, simulate

response = LinearBias(paper_device("7", zeta={zeta}, M={M}))
train = ramp(0.0, {eV}, {pulse}, smooth=True) + pulses([({eV}, {pulse}), (-{eV}, {pulse})] * 2)
motion = simulate(response, train)
at = motion.at(np.array([3.0, 4.0, 5.0]) * {pulse})
print(at.x)
print(at.charge[2] - at.charge[0])
""",
)
