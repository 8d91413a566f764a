"""Scene: two modes of a molecule, which a steady current can keep going round."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import Junction, VectorResponse, VectorTable
from cifcore.book.scenes.picture import Axis, Control, Picture, Scene, Stage, Trace, panel
from cifcore.book.scenes.pieces import marks
from cifcore.book.scenes.words import SWINGS, TIME, number
from cifcore.device import Array
from cifcore.electrons.leads import WideBand
from cifcore.electrons.occupation import fermi
from cifcore.positions.vectors import small_motions

BOX, LASTS, EACH = 0.7, 20, 12  # the plane, in a; swings, and steps in each
_MODES = np.array([[[1.0, 0.0], [0.0, -1.0]], [[0.0, -1.0], [-1.0, 0.0]]])
_JUNCTION = Junction(
    lambda x: 0.4 * _MODES[1] + np.tensordot(x, _MODES, 1),
    lambda x: np.broadcast_to(_MODES, (*x.shape[:-1], 2, 2, 2)),
    leads=[(WideBand(0.4), 0), (WideBand(0.4), 1)],
    coordinates=2,
    batched=True,
)
_ENERGY = np.linspace(-1.4, 1.4, 41)  # trapezoids: of warm electrons they converge fast


@lru_cache(maxsize=8)
def _kernels(places: bytes) -> tuple[Array, Array, Array]:
    """The kernels of both leads and the transmission, along the last axis for each energy.

    They know no bias, and the table asks for the same places in every frame.
    """
    x = np.frombuffer(places).reshape(-1, 1, 2)
    left, right = (np.swapaxes(kernel, -1, -2) for kernel in _JUNCTION.lead_kernels(x, _ENERGY))
    return left, right, _JUNCTION.transmission(x, _ENERGY)


class TwoSites(VectorResponse):
    """The molecule of the chapter, on fixed energies, with the friction of the bath alone."""

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Eq. 9, counted from zero bias."""
        left, right, _ = _kernels(np.asarray(x, float).tobytes())
        return _integral(left, right, bias).reshape(np.shape(x))

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Landauer's."""
        through = _kernels(np.asarray(x, float).tobytes())[2] / 2
        return _integral(through, -through, bias).reshape(np.shape(x)[:-1])

    def friction_and_noise(self, x: ArrayLike, bias: float) -> tuple[Any, Any]:
        """Those of the electrons are left out."""
        return (np.zeros((*np.shape(x), 2)),) * 2


def _integral(left: Array, right: Array, bias: ArrayLike) -> Any:
    """Over energy: a kernel for each lead times the change of its occupation, over pi."""
    step, kT = (_ENERGY[1] - _ENERGY[0]) / np.pi, 0.05
    up, down = (fermi((_ENERGY - side * np.asarray(bias)) / kT) for side in (0.5, -0.5))
    still = fermi(_ENERGY / kT)
    return step * (left @ (up - still) + right @ (down - still))


def orbit(table: VectorTable, x: Array) -> tuple[Array, Array]:
    """Times and positions from rest at `x` on: the spring exactly, the force in kicks."""
    omega, mass = table.fastest, table.M[0, 0]
    fade = table.nu[0, 0] / (2 * mass)
    turned = np.sqrt(omega**2 - fade**2)
    h = 2 * np.pi / omega / EACH
    c, s = np.exp(-fade * h) * np.array([np.cos(turned * h), np.sin(turned * h) / turned])
    v, path = np.zeros(2), [x]
    kick = h / (2 * mass) * table.force(x, table.bias)
    for _ in range(LASTS * EACH):
        v = v + kick
        x, v = (c + fade * s) * x + s * v, (c - fade * s) * v - omega**2 * s * x
        kick = h / (2 * mass) * table.force(np.clip(x, -BOX, BOX), table.bias)
        v = v + kick
        path.append(x)
    return np.linspace(0.0, h * LASTS * EACH, len(path)), np.array(path)


def _arrows(table: VectorTable, rest: Array) -> Trace:
    """The force beyond that at the rest point, on a grid: shafts and heads in one broken line."""
    x = np.stack(np.meshgrid(*[np.linspace(-0.6, 0.6, 9)] * 2), axis=-1).reshape(-1, 2)
    push = table.force(x, table.bias) - table.force(rest, table.bias)
    way = 0.13 * push / max(np.max(np.hypot(*push.T)), 1e-9)
    end, across = x + way, 0.06 * way[:, ::-1] * [-3, 3]
    gap = np.full_like(x, np.nan)
    line = np.stack([x, end, end - 0.3 * way + across, end, end - 0.3 * way - across, gap], axis=1)
    return Trace(line[..., 0].ravel(), line[..., 1].ravel(), "force", "muted", width=1.0)


def _modes(eV: float, nu: float, x0: float) -> Picture:
    table = VectorTable(TwoSites(2, k=3.0, nu=nu, length=0.4), eV, -BOX, BOX, 2e-2)
    rest = np.zeros(2)
    for _ in range(8):  # Newton's steps: `rest_points` needs scipy, which the page has not
        off = table.k @ rest - table.force(rest, eV)
        rest = rest - np.linalg.solve(table.k - table.jacobian(rest, eV), off)
    grows = small_motions(table, eV, rest)[0].real
    stable = bool(grows < 0)
    t, path = orbit(table, rest + np.array([x0, 0.0]))
    x1, x2 = path.T
    swings, away = LASTS * t / t[-1], np.hypot(*(path - rest).T)
    panels = (
        panel(
            Axis("$x_1$ ($a$)", (-BOX, BOX)),
            Axis("$x_2$ ($a$)", (-BOX, BOX)),
            _arrows(table, rest),
            Trace(x1, x2, "motion", "positive"),
            marks(rest[:1], rest[1:], stable),
            Trace(x1[-EACH:], x2[-EACH:], "last swing", "ink", width=2.4),
            cursor=(x1, x2),
        ),
        panel(
            Axis(SWINGS, (0.0, LASTS)),
            Axis("distance from rest ($a$)", (0.0, BOX)),
            Trace(swings, away, "", "positive"),
            cursor=(swings, away),
        ),
    )
    gain = np.expm1(grows * t[-1] / LASTS)
    said = f"At eV = {number(eV)} γ₀ small motions {'die out' if stable else 'grow'}, by"
    said += f" {number(100 * abs(gain), 2)} % a swing; this one, from {number(x0)} a away, is"
    said += f" {number(away[-1], 2)} a away from rest after {LASTS} swings."
    place, coupling = np.linspace(-1.15, 1.15, 93), np.full(93, np.sqrt(0.4))
    current = table.current(np.clip(path, -BOX, BOX), eV)
    way = x1, np.full(len(t), eV), current, t, TIME
    return Picture(panels, said, Stage(1.0, place, coupling, coupling, *way))


SCENE = Scene(
    "A current that keeps two modes going round",
    (
        Control("eV", "bias, $eV$", r"$\gamma_0$", 0.0, 1.0, 0.8, 0.05, frames=21),
        Control("nu", r"bath's friction, $\nu$", r"$\hbar/a^2$", 8.0, 30.0, 10.0, 1.0, frames=8),
        Control("x0", "first distance", "$a$", 0.05, 0.6, 0.1, 0.05, frames=12),
    ),
    _modes,
    presets=(
        ("Too small a bias", {"eV": 0.4}),
        ("More friction", {"nu": 20.0}),
        ("From outside", {"x0": 0.6}),
    ),
    code="""import numpy as np
from cifcore import Junction, VectorJunction, rest_points
from cifcore.electrons.leads import WideBand

def H(x):
    return np.array([[x[0], -0.4 - x[1]], [-0.4 - x[1], -x[0]]])

leads = [(WideBand(0.4), 0), (WideBand(0.4), 1)]
junction = Junction(H, leads=leads, coordinates=2)
molecule = VectorJunction(junction, kT=0.05, k=3.0, nu={nu}, length=0.4)
rest = rest_points(molecule, {eV})
print(rest.x, rest.stable, rest.rates)
""",
    origin="chapter",
)
