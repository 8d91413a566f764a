"""What a bias does to the dot, exactly: Eq. 9 with the full Fermi functions over the band.

The force is an integral above the real axis, the current along it; cold leads need few energies.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.electrons.band import quadrature
from cifcore.electrons.integrals import Integrals, difference, poles
from cifcore.electrons.occupation import Change, occupation_change
from cifcore.electrons.window import WindowSum, points_needed
from cifcore.force.linear import ChainResponse
from cifcore.force.response import Joint

_FARTHEST = 1e-100  # 1/(gL^2 + gR^2), below which nothing is left of the force
_SHARP = 1e-10  # narrower resonances are not resolved by energies of 16 digits
_NO_COLDER_THAN_ZERO: _check.Rule = (
    lambda a: np.abs(a) <= 2,
    "between -2 and 2: it is delta T / T0, and no lead may be colder than zero",
)


class Couplings(NamedTuple):
    """Any squared couplings L = gL^2 and R = gR^2, and their derivatives in x, L' and R'."""

    left: Any
    right: Any
    d_left: Any
    d_right: Any

    def force(self, level: Any, left: Integrals, right: Integrals) -> Any:
        """Of both: F_L = -Gamma abs(G)^2 [L' (eps - E) + (L R' - L' R) eps/2]; F_R: L for R."""
        turned = (self.left * self.d_right - self.d_left * self.right) / 2
        wind = left.sigma_g - right.sigma_g + level * (left.g - right.g) / (self.left + self.right)
        return (self.d_left * left.sigma_g + self.d_right * right.sigma_g + turned * wind) / np.pi

    def transmission(self, level: Any, energy: Any) -> Any:
        """4 Gamma^2 L R abs(G)^2."""
        S, width2 = self.left + self.right, 1 - energy**2 / 4
        size = (energy - level - S * energy / 2) ** 2 + S**2 * width2
        return 4 * width2 * self.left * self.right / size


class _Full(ChainResponse, Joint):
    """Eq. 9, less its value in equilibrium, and the currents; a subclass says between which leads.

    The force is known to 1e-8 of the integral of the modulus of Eq. 9's integrand, or 1e-11
    gamma0/`length`, the current to 1e-8 (heat: 1e-16/kT0), of resonances 1e-10 wide or wider.
    """

    _of_heat = False  # whether the current is that of heat

    def _steps(self, device: Device, bias: Any) -> tuple[Any, Any]:
        """By how much chemical potential and temperature of the left lead rise, and fall right."""
        raise NotImplementedError

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        # fewer at a time of the current, which asks each for hundreds of energies
        ways = {"force": (self._above_the_axis, 2048), "current": (self._current_sum, 64)}
        found = (self._in_rows(ways[name][0], x, bias, ways[name][1]) for name in names)
        return tuple(self.spins * part[0] for part in found)

    def _of_leads(self, device: Device, S: Any, level: Any, bias: Any) -> Iterator[Integrals]:
        """From equilibrium to the distribution of either lead, both at once on a first axis."""
        mu, kT = (np.array(part, ndmin=3) for part in (device.mu0, device.kT0))
        d_mu, d_kT = (np.array([[[1.0]], [[-1.0]]]) * part for part in self._steps(device, bias))
        both = difference(S[None], level, Change(mu, kT, d_mu, d_kT))
        return (Integrals(*lead) for lead in zip(*both, strict=True))

    def _place(self, device: Device, x: Array, bias: Any) -> tuple[Couplings, Any]:
        dot = chain.Dot(device)
        place = dot.at(x)
        S = 1 / np.maximum(place.u / dot.root, _FARTHEST)
        left, right = (share * S for share in place.shares)
        return Couplings(left, right, -dot.rate * left, dot.rate * right), device.E_dot

    def _above_the_axis(self, device: Device, x: Array, bias: Any) -> Any:
        c, level = self._place(device, x, bias)
        return c.force(level, *self._of_leads(device, c.left + c.right, level, bias))

    def _current_sum(self, device: Device, x: Array, bias: Any) -> Any:
        c, level = self._place(device, x, bias)
        if np.any((np.abs(level) < 2) & (c.left + c.right < _SHARP)):
            raise ValueError(
                f"gamma = {device.gamma!r}: too small for a current at this temperature and "
                f"bias, the resonance is narrower than {_SHARP:g} gamma0"
            )
        d_mu, d_kT = self._steps(device, bias)
        change = Change(device.mu0 - d_mu, device.kT0 - d_kT, 2 * d_mu, 2 * d_kT)
        with np.errstate(all="ignore"):
            energy, weight = energies(change, np.moveaxis(poles(c.left + c.right, level), 0, -1))
        many = Couplings(*(part[..., None] for part in c))
        through = many.transmission(np.asarray(level)[..., None], energy)
        carried = energy - np.asarray(device.mu0)[..., None] if self._of_heat else 1.0
        return np.sum(weight * carried * through, axis=-1) / (2 * np.pi)

    def nodes(self) -> Array:
        """More where a bound state leaves the band, at gL^2 + gR^2 = 2 -+ E_dot: a kink may be."""
        root = chain.Dot(self.device).root
        edges = [np.abs(edge - self.device.E_dot) / (2 * root) for edge in (-2.0, 2.0)]
        w = np.arccosh(np.maximum(np.stack(edges, axis=-1), 1.0))
        return self._nodes_beside(np.concatenate([-w, w], axis=-1), np.geomspace(1e-4, 0.5, 14))


class FullBias(_Full):
    """The exact response to a bias voltage, `bias` = eV.

    Leads at kT0 and mu0 +- eV/2, left and right, in the band or outside. The force is Eq. 9 minus
    its value at zero bias, the current the integral of T (f_L - f_R)/2 pi, in e gamma0/hbar. A
    state that large couplings push out of the band, which no lead fills, keeps its filling.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> first, exact = LinearBias(paper_device("2b")), FullBias(paper_device("2b"))
    >>> (exact.force(1.0, [0.01, 0.2]) / first.force(1.0, [0.01, 0.2])).round(3).tolist()
    [1.01, 1.273]
    """

    def __init__(self, device: Device, spins: int = 1) -> None:
        super().__init__(device, spins)
        self._points: dict[float, int | None] = {}
        self._last: tuple[bytes, WindowSum] | None = None

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        points = self._enough(self._check_bias(bias))
        if points is None:
            return super().parts(x, bias, *names)

        def both(device: Device, x: Array, bias: Array) -> tuple[Array, Array]:
            asked, last = bias.tobytes(), self._last  # other threads may ask for others meanwhile
            if last is None or last[0] != asked:
                self._last = last = asked, WindowSum(device, points, bias, self.spins)
            return last[1].force_and_current(x)

        force, current = self._in_rows(both, x, bias, 16384, 2)
        return tuple(force[()] if name == "force" else current[()] for name in names)

    def _enough(self, bias: Array) -> int | None:
        """How many energies are enough up to a fifth above these biases, if they can be few."""
        if self.device.shape or self.device.kT0:
            return None
        most = max(np.max(np.abs(bias), initial=0.0), 1e-12)
        up = 2.0 ** (np.ceil(4 * np.log2(most)) / 4)
        if up not in self._points:
            self._points[up] = points_needed(self.device, up / 2)
        return self._points[up]

    def _steps(self, device: Device, bias: Any) -> tuple[Any, Any]:
        return bias / 2, 0.0


class FullThermal(_Full):
    """The exact response to a temperature difference, `bias` = delta T / T0.

    Leads at mu0 and T0 (1 +- bias/2), left and right, so abs(bias) <= 2. The force is Eq. 9 minus
    its value at equal temperatures, the current that of heat, the integral of
    (eps - mu0) T (f_L - f_R)/2 pi, in gamma0^2/hbar.

    Examples
    --------
    Leads hotter than the level is wide exert far less than the first order says:

    >>> from cifcore import LinearThermal, paper_device
    >>> exact, first = FullThermal(paper_device("3")), LinearThermal(paper_device("3"))
    >>> f"{exact.force(0.3, 0.5) / first.force(0.3, 0.5):.3f}"
    '0.010'
    """

    max_bias = 2.0
    _of_heat = True

    def _check_bias(self, bias: ArrayLike) -> Array:
        return _check.within("bias", bias, *_NO_COLDER_THAN_ZERO)

    def _steps(self, device: Device, bias: Any) -> tuple[Any, Any]:
        return 0.0, np.asarray(device.kT0) * bias / 2


class FullMixed(_Full):
    """The exact response to a bias voltage, `bias` = eV, on top of a temperature difference.

    Temperatures T0 (1 +- delta_T/2); the current is that of charge. The force is Eq. 9 minus its
    value for both leads at mu0 and T0: at zero bias too there is one, and a current.

    Parameters
    ----------
    delta_T : float, -2 <= delta_T <= 2
        delta T / T0.

    Examples
    --------
    >>> from cifcore import FullThermal, paper_device
    >>> device = paper_device("3")
    >>> bool(FullMixed(device, 0.5).force(0.3, 0.0) == FullThermal(device).force(0.3, 0.5))
    True
    """

    _options = ("delta_T", "spins")

    def __init__(self, device: Device, delta_T: float, spins: int = 1) -> None:
        super().__init__(device, spins)
        self.delta_T = _check.real("delta_T", delta_T, *_NO_COLDER_THAN_ZERO)

    def _steps(self, device: Device, bias: Any) -> tuple[Any, Any]:
        return bias / 2, np.asarray(device.kT0) * self.delta_T / 2


def energies(change: Change, poles: Any) -> tuple[Array, Array]:
    """Energies and weights that integrate the change times a function with `poles` (n, m)."""
    change = Change(*(end[..., None] for end in np.broadcast_arrays(*change)))
    mu = np.concatenate([change.mu, change.mu + change.d_mu], axis=-1)
    kT = np.concatenate([change.kT, change.kT + change.d_kT], axis=-1)
    energy, weight = quadrature(poles, mu, kT)
    return energy, weight * occupation_change(energy, change)
