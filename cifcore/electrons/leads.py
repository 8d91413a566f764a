"""Leads of a junction, by the retarded self-energy on each orbital that they hold.

Anything with ``self_energy(energy)`` serves `cifcore.Junction`: it gives a number, or a matrix
over the orbitals that the lead is attached to. These take arrays of energies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.bond import difference
from cifcore.device import Array
from cifcore.electrons import chain

Matrix = NDArray[Any]


def dagger(matrix: Matrix) -> Matrix:
    """The Hermitian conjugate."""
    return np.conj(np.swapaxes(matrix, -1, -2))


def level_width(sigma: Matrix) -> Matrix:
    """2 Gamma = i (Sigma - Sigma^+)."""
    return 1j * (sigma - dagger(sigma))


class Lead:
    """One channel, the same on each orbital; `band_edges` are where its bands begin and end.

    `self_energy` is retarded, in gamma0, of the shape of `energy`.
    """

    band_edges: tuple[float, ...] = ()
    self_energy: Callable[[Array], Any]

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            rule = {"level": (), "gap": _check.NOT_NEGATIVE}.get(name, _check.POSITIVE)
            _check.real(name, value, *rule)

    def slope(self, energy: Array) -> Any:
        """The derivative in energy: a central difference, shorter beside an edge."""
        away = np.abs(energy[..., None] - np.array([*self.band_edges, np.inf])).min(axis=-1)
        step = np.clip(away / 20, 1e-17, 1e-3)
        moved = difference(lambda n: self.self_energy(energy + n * step))
        return moved / step.reshape(step.shape + (1,) * (np.ndim(moved) - step.ndim))


class Foreign(Lead):
    """The reader's lead: asked once for each energy, its matrix over `count` orbitals checked."""

    def __init__(self, lead: Any, count: int) -> None:
        self.lead, self.count = lead, count
        self.band_edges = getattr(lead, "band_edges", ())

    def self_energy(self, energy: Array) -> Matrix:
        once, back = np.unique(energy, return_inverse=True)
        part = np.array([np.atleast_2d(self.lead.self_energy(e)) for e in once.tolist()])
        name = f"self_energy of {self.lead!r}"
        if part.shape != (len(once), self.count, self.count):
            raise ValueError(f"{name}: must be a matrix over its {self.count} orbitals")
        least = np.min(np.linalg.eigvalsh(level_width(part)), initial=0)
        if least < -2e-8 * np.max(abs(part), initial=1):
            raise ValueError(f"{name}: must be retarded, and is not")
        return part[back.reshape(energy.shape)]


class HalfChain(Lead):
    """The paper's lead (Eq. 16): equal sites and a hopping of one, to the molecule too."""

    band_edges = (-2.0, 2.0)

    def self_energy(self, energy: ArrayLike) -> Any:
        return chain.self_energy(energy)

    def slope(self, energy: Array) -> Any:
        return 0.5 + 0.25j * energy / chain.width(energy)


@dataclass(frozen=True)
class WideBand(Lead):
    """A lead without structure: -i width, with the paper's Gamma = `width` (Eq. 8)."""

    width: float = 1.0

    def self_energy(self, energy: ArrayLike) -> Any:
        return np.full(np.shape(energy), -1j * self.width)[()]


@dataclass(frozen=True)
class Gapped(Lead):
    """A half-chain of levels +gap/2, -gap/2, +gap/2 ... about `level`: two bands, `gap` apart.

    With gap = 0 all sites are equal. `hopping` is that of the chain, `coupling` that to it.
    """

    gap: float
    coupling: float = 1.0
    hopping: float = 1.0
    level: float = 0.0

    @property
    def band_edges(self) -> tuple[float, ...]:  # type: ignore[override]
        """The ends of both bands."""
        outer = float(np.hypot(self.gap / 2, 2 * self.hopping))
        edges = (-outer, -self.gap / 2, self.gap / 2, outer) if self.gap else (-outer, outer)
        return tuple(self.level + edge for edge in edges)

    def self_energy(self, energy: ArrayLike) -> Any:
        """2 coupling^2/(a + a sqrt(1 - 4 hopping^2/(a b))), a, b = energy - level -+ gap/2."""
        e = _check.real_array("energy", energy) - self.level
        # on an edge of the gap, a hair beside it
        low, high = (np.where(a == 0, 1e-16, a) for a in (e - self.gap / 2, e + self.gap / 2))
        square = 1 - 4 * self.hopping**2 / (low * high)
        root = np.sqrt(square + 0j) * np.where(square < 0, np.sign(high), 1)
        return (2 * self.coupling**2 / (low * (1 + root)))[()]
