"""Leads of a junction, by the retarded self-energy on each orbital that they hold.

Anything with ``self_energy(energy)`` serves `cifcore.Junction`: it gives a number, or a matrix
over the orbitals that the lead is attached to. These two take arrays of energies.

Units: gamma0 = a = hbar = e = kB = 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check


def _energies(energy: ArrayLike) -> Any:
    """Real energies, checked; complex ones, above the real axis, as they are."""
    array = _check.plain("energy", energy)
    return array if array.dtype.kind == "c" else _check.real_array("energy", array)


class Lead:
    """One channel, the same on each orbital; `band_edges` are where its bands begin and end."""

    band_edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            rule = {"level": (), "gap": _check.NOT_NEGATIVE}.get(name, _check.POSITIVE)
            _check.real(name, value, *rule)

    def self_energy(self, energy: ArrayLike) -> Any:
        """Retarded self-energy, of the shape of `energy`, in gamma0; also above the real axis."""
        raise NotImplementedError


@dataclass(frozen=True)
class WideBand(Lead):
    """A lead without structure: -i width, with the paper's Gamma = `width` (Eq. 8)."""

    width: float = 1.0

    def self_energy(self, energy: ArrayLike) -> Any:
        """-i width."""
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
        e = _energies(energy) - self.level
        # on an edge of the gap, a hair beside it
        low, high = (np.where(s == 0, 1e-30, s) for s in (e - self.gap / 2, e + self.gap / 2))
        square = 1 - 4 * self.hopping**2 / (low * high)
        root = np.sqrt(square + 0j) * np.where(
            (np.imag(e) == 0) & (square.real < 0), np.sign(high.real), 1
        )
        return (2 * self.coupling**2 / (low * (1 + root)))[()]
