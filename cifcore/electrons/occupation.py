"""Fermi functions of the leads, and how occupations change between two of them."""

from typing import Any, NamedTuple, Self

import numpy as np

from cifcore.device import Array


def fermi(u: Array) -> Array:
    """Fermi function 1/(1 + exp(u)), without overflow."""
    small = np.exp(-np.abs(u))
    return np.where(u > 0, small, 1.0) / (1 + small)


class Change(NamedTuple):
    """From the Fermi function of (mu, kT) to (mu + d_mu, kT + d_kT); small steps lose no digits."""

    mu: Any
    kT: Any
    d_mu: Any
    d_kT: Any

    def cut(self) -> Self:
        """The same inside the band, with no chemical potential far outside of it."""
        # 40 kT beyond an edge all is full, or empty, to rounding: as at the edge and kT = 0
        end, hot = np.add(self.mu, self.d_mu), np.add(self.kT, self.d_kT)
        out = np.abs(end) - 2 >= 40 * hot
        return self._replace(
            d_mu=np.where(out, np.clip(end, -2, 2) - self.mu, self.d_mu),
            d_kT=np.where(out, -np.asarray(self.kT), self.d_kT),
        )


def _reduced(energy: Any, mu: Any, kT: Any) -> Any:
    """(energy - mu)/kT; at zero temperature infinite, and zero at the step."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        u = np.divide(energy - mu, kT)
    return np.nan_to_num(u, nan=0.0, posinf=1e300, neginf=-1e300)


def occupation_change(energy: Any, change: Change) -> Any:
    """f(energy; mu + d_mu, kT + d_kT) - f(energy; mu, kT), without cancellation, hot or cold."""
    mu, kT, d_mu, d_kT = change
    hot = np.add(kT, d_kT)
    u, v = _reduced(energy, np.add(mu, d_mu), hot), _reduced(energy, mu, kT)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gap = np.divide(d_mu + (energy - mu) * np.divide(d_kT, kT), hot)
    gap = np.where(np.equal(kT, 0) | np.equal(hot, 0), v - u, gap)
    # f(u) - f(v) = f(u) f(-v) (1 - exp(u - v)), for u < v; and the other way round
    low, high = np.minimum(u, v), np.maximum(u, v)
    return np.sign(gap) * fermi(low) * fermi(-high) * -np.expm1(-np.abs(gap))
