"""Scene: how far linear response holds."""

import numpy as np

from cifcore import FullBias, LinearBias, paper_device
from cifcore.book.scenes.controls import COUPLING, VOLTAGE
from cifcore.book.scenes.picture import Control, Picture, Scene
from cifcore.book.scenes.pieces import Sampled, rest_positions, spring, window
from cifcore.book.scenes.words import listed, number


def _linear(eV: float, kT: float, gamma: float) -> Picture:
    device = paper_device("2b", gamma=gamma, kT0=kT)
    x = np.linspace(-1.4, 3.0, 73)
    first, exact = (Sampled(kind(device), eV, x) for kind in (LinearBias, FullBias))
    forces, energies = zip(
        first.traces("first order in $eV$", "negative", "dashed"),
        exact.traces("exact", "positive"),
        strict=True,
    )
    both = np.array([first.force, exact.force])
    low = float(min(np.min(first.energy), np.min(exact.energy)))
    panels, stage = exact.shown(
        ((spring(x, device.k), *forces), (-0.03, 0.16), window(np.append(both, 0.0), 0.15, 1e-4)),
        (energies, (-0.14, 0.1), (1.12 * low - 1e-4, max(-0.6 * low, 4e-3))),
    )
    wrong = np.max(np.abs(both[0] - both[1])) / np.max(np.abs(both[1]))
    roughly, _ = rest_positions(first.response, eV)
    said = (
        f"At eV = {number(eV)} γ₀ and kT = {number(kT)} γ₀, first order misses the exact force by"
        f" up to {number(100 * wrong, 2)} % of its peak. By first order the dot rests at"
        f" x = {listed(roughly)} a, by the exact force at {listed(exact.stable)} a"
    )
    same = len(roughly) == len(exact.stable)
    said += "." if same else ": not even the number of wells is the same."
    return Picture(panels, said, stage)


SCENE = Scene(
    "How far linear response holds",
    (
        VOLTAGE.replace(low=0.02, high=0.5, step=0.01, frames=17),
        Control("kT", "temperature of the leads, $k_B T_0$", r"$\gamma_0$", 0.0, 0.1, 0.0, 0.002),
        COUPLING.replace(high=0.5),
    ),
    _linear,
    together=("eV", "gamma"),
    presets=(
        ("A small bias", {"eV": 0.02}),
        ("Strong coupling", {"gamma": 0.5}),
        ("Warm leads", {"kT": 0.05}),
    ),
    code="""from cifcore import FullBias, LinearBias, equilibria, paper_device

device = paper_device("2b", gamma={gamma}, kT0={kT})
for response in LinearBias(device), FullBias(device):
    rest = equilibria(response, {eV})
    print(rest.x[rest.stable])
""",
)
