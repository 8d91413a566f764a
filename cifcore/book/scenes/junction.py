"""Scene: a junction given as a matrix, the dot with one more level hanging on it."""

import numpy as np

from cifcore import Junction, LinearBias, LinearJunction, paper_device
from cifcore.book.scenes.controls import STIFFNESS, VOLTAGE
from cifcore.book.scenes.picture import Control, Picture, Scene, Trace
from cifcore.book.scenes.pieces import Sampled, rest_marks, sign_colour, spring, window
from cifcore.book.scenes.words import number, wells
from cifcore.device import Array

_DOT = paper_device("2b")


def _matrix(x: Array, hop: float, level: float) -> Array:
    """Lead, dot, lead and the level on the side."""
    left, right = _DOT.couplings(x)
    bonds = np.zeros((*np.shape(x), 4, 4))
    bonds[..., 0, 1], bonds[..., 1, 2], bonds[..., 1, 3] = -left, -right, -hop
    return bonds + bonds.mT + np.diag([0, _DOT.E_dot, 0, level])


def _junction(eV: float, hop: float, level: float, k: float) -> Picture:
    bare, a0 = LinearBias(_DOT), _DOT.a0
    x, colour = np.linspace(-a0, a0, 161), sign_colour(eV)
    junction = Junction(lambda x: _matrix(x, hop, level), right=2, batched=True)
    here = Sampled(LinearJunction(junction, k=k, length=bare.length, positions=x), eV, x)
    alone = bare.force(x, eV)
    rest = here.stable, here.unstable
    forces = [
        spring(x, k),
        Trace(x, alone, "no side level", "muted", "dashed", width=1.2),
        Trace(x, here.force, "current-induced", colour),
        *rest_marks(*rest, lambda at: k * at, colour, "ink"),
    ]
    energies = [
        Trace(x, here.energy, "spring and current", colour),
        *rest_marks(*rest, here.height, colour, "ink"),
    ]
    near = here.energy[np.abs(x) < 2.5]
    panels, stage = here.shown(
        (forces, (-0.13, 0.13), window(np.concatenate([here.force, alone]), 0.1, 1e-4)),
        (energies, (-0.2, 0.2), window(near, 0.1, 1e-4)),
        _DOT,
    )
    said = wells(*rest, eV)
    if not hop:
        said += " Nothing hangs on the dot."
    elif level:
        seen = number(_DOT.E_dot - hop**2 / level)
        said += f" To electrons at the Fermi energy its level, {number(_DOT.E_dot)} γ₀, looks"
        said += f" like one at {seen} γ₀."
    else:
        said += " A side level at the Fermi energy lets nothing through, and nothing pushes."
    return Picture(panels, said, stage)


SCENE = Scene(
    "A level on the side",
    (
        VOLTAGE.replace(frames=13),
        Control("hop", "side hop, $s$", r"$\gamma_0$", 0.0, 0.4, 0.2, 0.02, frames=21),
        Control("level", "side level, $E_s$", r"$\gamma_0$", -0.3, 0.3, -0.1, 0.02),
        STIFFNESS.replace(high=0.05, step=0.002),
    ),
    _junction,
    presets=(
        ("No side level", {"hop": 0.0}),
        ("Bias reversed", {"eV": -0.2}),
        ("Above the Fermi energy", {"level": 0.1}),
    ),
    code="""import numpy as np
from cifcore import Junction, LinearJunction, equilibria, paper_device

dot = paper_device("2b")

def H(x):
    L, R = dot.couplings(x)
    bonds = np.zeros((*np.shape(x), 4, 4))
    bonds[..., 0, 1], bonds[..., 1, 2], bonds[..., 1, 3] = -L, -R, -{hop}
    return bonds + bonds.mT + np.diag([0, dot.E_dot, 0, {level}])

x = np.linspace(-6, 6, 193)
junction = Junction(H, right=2, batched=True)
molecule = LinearJunction(junction, length=0.25, k={k}, positions=x)
rest = equilibria(molecule, {eV})
print(rest.x, rest.stable)
""",
    origin="chapter",
)
