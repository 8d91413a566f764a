"""Scene: a switched load on the dot."""

import numpy as np

from cifcore import Device, LinearBias, paper_device
from cifcore.book.motor import AMPLITUDE, SlowCycle, slow_cycle
from cifcore.book.scenes.controls import COUPLING, VOLTAGE
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Trace, panel
from cifcore.book.scenes.pieces import on_stage, window
from cifcore.book.scenes.words import BIAS, X, number, times
from cifcore.device import Array


def _load(f: float, eV: float, gamma: float) -> Picture:
    device = paper_device("6", gamma=gamma)
    cycle = slow_cycle(device, f, eV)
    bias = np.concatenate([cycle.bias, cycle.bias[::-1]])
    path = np.concatenate([cycle.out, cycle.home])
    push = np.repeat([-f, f], len(cycle.bias))
    ends = np.array([cycle.lowest, cycle.highest])

    # the load changes over where the dot stands
    around = np.concatenate([cycle.out, ends[1:], cycle.home, ends[:1], cycle.out[:1]])
    load = np.repeat([-f, f, -f], [len(cycle.out), len(cycle.out) + 1, 2])
    once, lost = np.append(np.arange(len(path)), 0), cycle.work < 0
    gained, shade = ("work put in", "fourth") if lost else ("work of a cycle", "third")
    place, height = Axis(X, (-2.4, 2.8), window(path, 0.08, 0.05)), f * np.ones(2)
    panels = (
        panel(
            Axis(BIAS, (-0.32, 0.32), (-1.05 * eV, 1.05 * eV)),
            place,
            Trace(bias[once], path[once], "", "muted", "dashed", width=1.0),
            Trace(cycle.bias, cycle.out, "rising, load against it", "positive", width=2.4),
            Trace(cycle.bias[::-1], cycle.home, "falling, load against it", "negative"),
            cursor=(bias, path),
        ),
        panel(
            place,
            Axis(r"load on the dot ($\gamma_0/a$)", (-0.028, 0.028), window(push, 0.2, 1e-3)),
            Trace(ends, height, gained, shade, base=-height),
            Trace(around, load, "the dot's way", "ink", width=1.0),
            cursor=(path, push),
        ),
    )
    stage = on_stage(LinearBias(device), bias, path, clock=np.linspace(0.0, 1.0, len(path)))
    return Picture(panels, _said(device, f, eV, cycle), stage)


def _said(device: Device, f: float, eV: float, cycle: SlowCycle) -> str:
    if f == 0:
        return "Without a load the dot moves, and delivers nothing."
    told = (
        f"A load of {number(f)} γ₀/a against its way: at eV = {number(eV)} γ₀ the dot is at"
        f" x = {number(cycle.highest)} a, at −{number(eV)} γ₀ at {number(cycle.lowest)} a. "
    )
    if cycle.work < 0:
        told += "It does not come home, and the load puts in"
        return told + f" {number(-cycle.work)} γ₀ a cycle instead of taking any."
    jumps = _jumps(device, f, cycle.bias, cycle.out)
    jumps += _jumps(device, -f, cycle.bias[::-1], cycle.home)
    told += f"Besides where the load changes over it jumps {times(jumps)} a cycle, and"
    return told + f" delivers {number(cycle.work)} γ₀."


def _jumps(device: Device, push: float, bias: Array, way: Array) -> int:
    """In how many steps the dot passes places that need another bias than the step has."""
    x = np.linspace(way[:-1], way[1:], 41)
    needed = (device.k * x + push) / LinearBias(device).force(x, 1.0)
    back = np.diff(needed, axis=0) * np.sign(np.diff(bias)) < 0
    return int(np.sum(np.any(back, axis=0)))


SCENE = Scene(
    "A load on the dot",
    (
        Control("f", "load, $f$", r"$\gamma_0/a$", 0.0, 0.025, 0.004, 0.0005, frames=26),
        VOLTAGE.replace(label="largest bias, $eV$", low=0.05, default=AMPLITUDE, frames=11),
        COUPLING.replace(low=0.1, high=0.4, default=0.2, frames=11),
    ),
    _load,
    presets=(
        ("Dragged", {"f": 0.01}),
        ("Nearly overhauled", {"f": 0.02}),
        ("Overhauled", {"f": 0.022}),
    ),
    code="""from cifcore import paper_device
from cifcore.book.motor import slow_cycle

cycle = slow_cycle(paper_device("6", gamma={gamma}), {f}, {eV})
print(cycle.highest, cycle.lowest, cycle.work)
""",
    origin="chapter",
)
