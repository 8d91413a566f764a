"""The device: one mobile dot between two chains, its parameters and the paper's own choices."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check

Array = NDArray[np.float64]

_RULES: dict[str, _check.Rule] = {
    "E_dot": (np.isfinite, "finite"),
    "gamma": _check.POSITIVE,
    "b": _check.NOT_NEGATIVE,
    "a0": _check.POSITIVE,
    "k": _check.POSITIVE,
    "lam": (lambda a: np.abs(a) < 1, "inside -1 < lam < 1"),
    "M": _check.POSITIVE,
    "zeta": _check.NOT_NEGATIVE,
    "mu0": _check.IN_BAND,
    "kT0": _check.NOT_NEGATIVE,
}


class Mechanics:
    """What moves: a mass on a spring or a bond, with friction. A `Device` is one.

    Fields that are arrays broadcast to the `shape` of a whole family; that of a single one is ().

    Parameters
    ----------
    k, M, zeta : float or array, k > 0, M > 0, zeta >= 0
        Spring constant in gamma0/a^2 (beside a `bond` it sets only omega and nu), mass in
        hbar^2/(gamma0 a^2), and damping ratio of the free oscillator.
    bond : Bond, optional
        A bare potential U(x) in place of k x^2/2, the same for all of a family.

    Examples
    --------
    >>> f"{Mechanics(k=0.02, M=800.0).omega:.3f}"
    '0.005'
    """

    _fields: tuple[str, ...] = ("k", "M", "zeta")
    k: Any
    M: Any
    zeta: Any
    bond: Any
    shape: tuple[int, ...]

    def __init__(self, k: Any, M: Any = 1000.0, zeta: Any = 0.1, bond: Any = None) -> None:
        self._store({"k": k, "M": M, "zeta": zeta}, bond)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{name} cannot be set: replace({name}=...) makes a new one")

    def __repr__(self) -> str:
        values = {**self.parameters, **({} if self.bond is None else {"bond": self.bond})}
        listed = ", ".join(f"{name}={value!r}" for name, value in values.items())
        return f"{type(self).__name__}({listed})"

    def _store(self, values: dict[str, Any], bond: Any) -> None:
        arrays = {name: _check.within(name, v, *_RULES[name]) for name, v in values.items()}
        if bond is not None:
            _check.having("bond", bond, "curvature", "a cifcore.bond.Bond, or None")
        self._keep({name: a if a.ndim else float(a) for name, a in arrays.items()}, bond)

    def _keep(self, values: dict[str, Any], bond: Any) -> None:
        shape = _check.common_shape(**{name: np.shape(value) for name, value in values.items()})
        for name, value in {**values, "bond": bond, "shape": shape}.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.bond is other.bond and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in self._fields
        )

    def __hash__(self) -> int:
        return hash(tuple(np.asarray(value).tobytes() for value in self.parameters.values()))

    @property
    def parameters(self) -> dict[str, Any]:
        """The numbers, by name, in the order of the constructor."""
        return {name: getattr(self, name) for name in self._fields}

    def replace(self, **changes: Any) -> Self:
        """A new one with some fields changed."""
        known = {**self.parameters, "bond": self.bond}
        if unknown := sorted(set(changes) - set(known)):
            kind = type(self).__name__
            raise TypeError(f"no such field: {', '.join(unknown)}; a {kind} has {', '.join(known)}")
        return type(self)(**{**known, **changes})

    def stretched(self) -> Self:
        """The family with one more axis of length one, to go along positions or biases."""
        return self._each(lambda whole: whole[..., None]) if self.shape else self

    def members(self, shape: tuple[int, ...]) -> NDArray[np.intp]:
        """Flat index into the family, for each element of a `shape` that it broadcasts to."""
        index = np.arange(math.prod(self.shape)).reshape(self.shape)
        return np.broadcast_to(index, shape).reshape(-1)

    def select(self, index: NDArray[np.intp]) -> Self:
        """Some members of the family, one after the other, by their flat index."""
        return self._each(lambda whole: whole.reshape(-1)[index]) if self.shape else self

    def _each(self, change: Callable[[Array], Array]) -> Self:
        """Values that have been checked, the arrays among them changed."""
        one, values = object.__new__(type(self)), self.parameters
        for name, value in values.items():
            if np.ndim(value):
                values[name] = change(np.broadcast_to(value, self.shape))
        one._keep(values, self.bond)
        return one

    @property
    def omega(self) -> Any:
        """Frequency of the free oscillator, sqrt(k/M), in gamma0/hbar."""
        return np.sqrt(self.k / self.M)

    @property
    def nu(self) -> Any:
        """Friction coefficient nu = 2 zeta sqrt(M k) of Eq. 6, in hbar/a^2."""
        return 2 * self.zeta * np.sqrt(self.M * self.k)

    def bare_potential(self, x: Any) -> Any:
        """U(x), in gamma0: k x^2/2 without a bond."""
        return self.k * x**2 / 2 if self.bond is None else self.bond.energy(x)

    def tension(self, x: Any) -> Any:
        """U'(x), how hard spring or bond pull back, in gamma0/a."""
        return self.k * x if self.bond is None else self.bond.slope(x)

    def stiffness(self, x: Any) -> Any:
        """U''(x), in gamma0/a^2."""
        return self.k if self.bond is None else self.bond.curvature(x)


@dataclass(frozen=True, eq=False, repr=False)
class Device(Mechanics):
    """A mobile dot between two semi-infinite chains (Eqs. 1, 2 and 6); E0 = 0.

    Parameters
    ----------
    E_dot, gamma : float or array, gamma > 0
        On-site energy, and tunnel coupling of the centred, symmetric dot, in gamma0.
    b : float or array, >= 0
        Electromechanical coupling: how fast the couplings change with position.
    a0 : float or array, > 0
        Distance between the dot's natural position and each lead, in a.
    k, M, zeta, bond
        Spring, mass, damping and bare potential, see `Mechanics`.
    lam : float or array, -1 < lam < 1
        Asymmetry of the couplings.
    mu0, kT0 : float or array, -2 < mu0 < 2, kT0 >= 0
        Fermi energy and temperature of the leads at equilibrium, in gamma0.

    Examples
    --------
    >>> device = Device(E_dot=-0.2, gamma=0.1, b=8, a0=4, k=0.02, lam=0.7)
    >>> left, right = device.couplings(0.0)
    >>> f"{left:.2f} {right:.2f}"
    '0.17 0.03'
    >>> Device(E_dot=-0.2, gamma=0.1, b=8, a0=4, k=-0.02)
    Traceback (most recent call last):
        ...
    ValueError: k = -0.02: must be positive
    """

    _fields = tuple(_RULES)
    E_dot: Any
    gamma: Any
    b: Any
    a0: Any
    k: Any
    lam: Any = 0.0
    M: Any = 1000.0
    zeta: Any = 0.1
    mu0: Any = 0.0
    kT0: Any = 0.0
    bond: Any = None

    def __post_init__(self) -> None:
        self._store({name: getattr(self, name) for name in self._fields}, self.bond)

    def couplings(self, x: ArrayLike) -> tuple[Any, Any]:
        """Tunnel couplings (gL, gR) at position `x` (Eq. 2), in gamma0; infinite if too large."""
        shift = self.b * _check.real_array("x", x) / self.a0
        with np.errstate(over="ignore"):
            left = self.gamma * (1 + self.lam) * np.exp(-shift)
            right = self.gamma * (1 - self.lam) * np.exp(shift)
        return left, right

    @property
    def centre(self) -> Any:
        """Position where gL = gR, in a (Eq. B7); infinite for b = 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = np.arctanh(self.lam) * self.a0 / self.b
        return np.where(np.equal(self.lam, 0), 0.0, centre)[()]


# see "Which Fermi level?" in book/adiabatic-dynamics.md
_NEAR_E_DOT = -0.3 + 1e-4
_FIGURES: dict[str, dict[str, float]] = {
    "2a": dict(E_dot=-0.2, gamma=0.1, k=0.02, b=8, a0=4, lam=0.0, zeta=0.1),
    "2b": dict(E_dot=-0.2, gamma=0.1, k=0.02, b=8, a0=4, lam=0.7, zeta=0.1),
    "3": dict(E_dot=-0.3, gamma=0.01, k=0.02, b=4, a0=4, lam=0.0, mu0=_NEAR_E_DOT, kT0=0.002),
    "4": dict(E_dot=-0.2, gamma=0.5, k=0.02, b=6, a0=4, lam=0.5, zeta=0.5),
    "5": dict(E_dot=-0.3, gamma=0.01, k=0.02, b=4, a0=4, lam=0.5, mu0=_NEAR_E_DOT, kT0=0.002),
    "6": dict(E_dot=-0.3, gamma=0.2, k=0.02, b=7, a0=4, lam=0.6, zeta=0.3),
    "7": dict(E_dot=-0.3, gamma=0.1, k=0.02, b=6.5, a0=4, lam=0.0),
    "8": dict(E_dot=-0.2, gamma=0.1, k=0.02, b=8, a0=4, lam=0.7),
    "9": dict(E_dot=-0.3, gamma=0.11, k=0.02, b=6.5, a0=7.5, lam=0.0, zeta=0.16),
}
# two dampings on an equal footing; that of Fig. 2 has one for all lines but one
_DAMPINGS = {"7": (0.2, 0.16), "8": (0.1, 0.5)}


def paper_device(figure: str, **changes: Any) -> Device:
    """The device of one of the paper's figures, from its caption.

    Parameters
    ----------
    figure : {"2a", "2b", "3", "4", "5", "6", "7", "8", "9"}
        Of several devices the first of the caption; "2b" carries the damping of the solid lines of
        Fig. 2(c, d). The Fermi energy of "3" and "5", in words "close to E_dot", is E_dot + 1e-4.
    **changes
        Fields to change. Figures 7 and 8 compare two dampings and ask for `zeta`.

    Examples
    --------
    >>> paper_device("4").lam, paper_device("4", lam=0).lam
    (0.5, 0.0)
    """
    _check.one_of("figure", figure, _FIGURES)
    if figure in _DAMPINGS and "zeta" not in changes:
        one, other = _DAMPINGS[figure]
        how = f'ask for one, as in paper_device("{figure}", zeta={one})'
        raise ValueError(f"zeta is missing: Fig. {figure} compares {one} and {other}; {how}")
    return Device(**_FIGURES[figure]).replace(**changes)
