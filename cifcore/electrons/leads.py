"""Leads of a junction, by the retarded self-energy on each orbital that they hold.

Anything with ``self_energy(energy)`` serves `cifcore.Junction`: it gives a number, or a matrix
over the orbitals that the lead is attached to. These three take arrays of energies.

Units: gamma0 = a = hbar = e = kB = 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check


class Lead:
    """One channel, the same on each orbital; `band_edges` are where its bands begin and end."""

    band_edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            number = _check.real(name, value)
            if name != "level":
                _check.positive(name, number)

    def self_energy(self, energy: ArrayLike) -> Any:
        """Retarded self-energy, of the shape of `energy`, in gamma0."""
        raise NotImplementedError


@dataclass(frozen=True)
class WideBand(Lead):
    """A lead without structure: -i width, with the paper's Gamma = `width` (Eq. 8)."""

    width: float = 1.0

    def self_energy(self, energy: ArrayLike) -> Any:
        """-i width."""
        return np.full(np.shape(energy), -1j * self.width)[()]


@dataclass(frozen=True)
class HalfChain(Lead):
    """A half-chain of equal sites: its `level`, its `hopping`, and the `coupling` to it."""

    coupling: float = 1.0
    hopping: float = 1.0
    level: float = 0.0

    @property
    def band_edges(self) -> tuple[float, ...]:  # type: ignore[override]
        """The two ends of the band."""
        return (self.level - 2 * self.hopping, self.level + 2 * self.hopping)

    def self_energy(self, energy: ArrayLike) -> Any:
        """(coupling/hopping)^2 (e -+ sqrt(e^2 - 4 hopping^2))/2, e from `level`; any energy."""
        e = _check.real_array("energy", energy) - self.level
        root = np.emath.sqrt(e**2 - 4 * self.hopping**2 + 0j)
        root = np.where(np.abs(e) < 2 * self.hopping, root, np.sign(e) * root)
        return ((self.coupling / self.hopping) ** 2 * (e - root) / 2)[()]


@dataclass(frozen=True)
class Gapped(Lead):
    """A half-chain of levels +gap/2, -gap/2, +gap/2 ...: two bands, `gap` apart."""

    gap: float
    coupling: float = 1.0
    hopping: float = 1.0

    @property
    def band_edges(self) -> tuple[float, ...]:  # type: ignore[override]
        """The ends of both bands."""
        outer = float(np.hypot(self.gap / 2, 2 * self.hopping))
        return (-outer, -self.gap / 2, self.gap / 2, outer)

    def self_energy(self, energy: ArrayLike) -> Any:
        """coupling^2 b/(2 t^2) (1 - sqrt(1 - 4 t^2/(a b))), with a, b = energy -+ gap/2."""
        e = _check.real_array("energy", energy)
        # on an edge of the gap, a hair beside it
        low, high = (np.where(s == 0, 1e-30, s) for s in (e - self.gap / 2, e + self.gap / 2))
        square = 1 - 4 * self.hopping**2 / (low * high)
        root = np.sqrt(np.abs(square)) * np.where(square < 0, 1j * np.sign(high), 1)
        return ((self.coupling / self.hopping) ** 2 * high * (1 - root) / 2)[()]
