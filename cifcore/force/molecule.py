"""A molecule of the reader's own, a `Junction` on a spring: responses of first order and exact."""

from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.bond import Bond
from cifcore.device import Array, Mechanics
from cifcore.electrons.band import adaptive
from cifcore.electrons.junction import RESOLVED, Junction
from cifcore.electrons.occupation import Change, occupation_change
from cifcore.force.response import Joint

# kernels at so many positions are kept, of so many sets: a search at another bias asks again
_MANY, _KEPT = 64, 64
_ENTRIES = 4_000_000  # of all Green functions at once


class LinearJunction(Joint):
    """First order in a bias voltage, `bias` = eV, for any junction (Eqs. 12 and 20).

    x of the junction is the displacement of the spring; k, M, zeta, bond as of `Mechanics`.

    Parameters
    ----------
    length : float, > 0
        Distance over which H(x) changes, in a: the scale of what counts as a small step.
    positions : array, ascending
        Where to look for rest positions, in a: dense enough to resolve the force, from below zero
        to above it. The effective potential is counted from the first of them.

    Examples
    --------
    A bond between two unlike atoms, stretched by x:

    >>> import numpy as np
    >>> from cifcore import Junction, equilibria
    >>> bond = lambda x: -0.5 * np.exp(-2 * x)
    >>> def matrix(x):
    ...     return np.array([[0.4, bond(x)], [bond(x), -0.4]])
    >>> x = np.linspace(-3, 3, 241)
    >>> molecule = LinearJunction(Junction(matrix), k=0.05, length=0.5, positions=x)
    >>> equilibria(molecule, 0.1).x.round(3).tolist()
    [0.098]
    """

    proportional = True

    def __init__(
        self,
        junction: Junction,
        *,
        k: float,
        length: float,
        positions: ArrayLike,
        M: float = 1000.0,
        zeta: float = 0.1,
        bond: Bond | None = None,
    ) -> None:
        _check.instance("junction", junction, Junction)
        nodes = _check.real_array("positions", positions)
        ascend = nodes.ndim == 1 and nodes.size > 2 and np.all(np.diff(nodes) > 0)
        if not (ascend and nodes[0] < 0 < nodes[-1]):
            raise ValueError(f"positions = {positions!r}: must be ascending, below zero to above")
        self.junction = junction
        self._known: dict[Any, dict[str, Any]] = {}
        self.length = _check.real("length", length, *_check.POSITIVE)
        # a node beside zero would make the interval between the two a matter of rounding
        self._nodes = np.sort(np.append(nodes[np.abs(nodes) > 1e-9 * self.length], 0.0))
        single = {n: _check.real(n, v) for n, v in (("k", k), ("M", M), ("zeta", zeta))}
        self.device = Mechanics(**single, bond=bond)

    def of(self, device: Mechanics) -> Self:
        """The same junction with the spring or bond, mass and damping of another device."""
        _check.instance("device", device, Mechanics, single=True)
        other = copy(self)
        other.device = Mechanics(device.k, device.M, device.zeta, device.bond)
        return other

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        """(eV/2 pi) (F_L - F_R) and (eV/2 pi) T, at mu0."""
        bias, kernels = _check.real_array("bias", bias), self._kernels(x)
        _check.common_shape(x=np.shape(kernels["force"]), bias=bias.shape)
        return tuple((bias * kernels[name] / (2 * np.pi))[()] for name in names)

    def transmission(self, x: ArrayLike) -> Any:
        return self._kernels(x)["current"]

    def _kernels(self, x: ArrayLike) -> dict[str, Any]:
        """F_L - F_R and the transmission at mu0."""
        x, junction = _check.real_array("x", x), self.junction
        if not x.size:
            return dict.fromkeys(("force", "current"), x)
        asked = x.tobytes(), x.shape
        if kept := self._known.get(asked):  # another thread may drop it meanwhile
            return kept
        at = x, junction.mu0
        found = {"force": junction.bias_kernel(*at), "current": junction.transmission(*at)}
        if x.size >= _MANY:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[asked] = found
        return found

    def nodes(self) -> Array:
        return self._nodes


class FullJunction(LinearJunction):
    """Eq. 9 in full for any junction, as `FullBias`: from zero bias, bound states filled as there.

    Parameters
    ----------
    kT : float, zero or at least 1e-10
        Temperature of the leads, in gamma0.
    junction, **mechanics
        `k`, `length`, `positions`, `M`, `zeta`, `bond`: see `LinearJunction`.

    Notes
    -----
    The energies are halved until the integral changes by less than 1e-10 of that of the modulus
    of Eq. 9's integrand. `positions` are taken at their word, as to look between them takes thirty
    times as long; `resolved = False` on an instance has them checked.

    Examples
    --------
    >>> from cifcore import FullBias, Junction, paper_device
    >>> device, x = paper_device("2b"), np.linspace(-4, 4, 161)
    >>> exact = FullJunction(Junction.from_device(device), k=0.02, length=0.25, positions=x)
    >>> bool(abs(exact.force(1.0, 0.2) / FullBias(device).force(1.0, 0.2) - 1) < 1e-9)
    True
    """

    proportional = False
    resolved = True

    def __init__(self, junction: Junction, *, kT: float = 0.0, **mechanics: Any) -> None:
        super().__init__(junction, **mechanics)
        self.kT = _check.real("kT", kT, *RESOLVED)

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        return tuple(integrated(self.junction, self.kT, x, bias, n == "current") for n in names)


def integrated(junction: Junction, kT: float, x: ArrayLike, bias: ArrayLike, current: bool) -> Any:
    """Landauer's current, or F_el(bias) - F_el(0): several coordinates stand on its last axis."""
    x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
    own = (junction.coordinates,) if junction.coordinates else ()
    at = x.ndim - len(own)
    shape = _check.common_shape(x=x.shape[:at], bias=bias.shape)
    flat_x = np.broadcast_to(x, shape + x.shape[at:]).reshape(-1, *x.shape[at:])
    flat_bias = np.broadcast_to(bias, shape).reshape(-1)
    total = np.zeros((flat_bias.size, *(() if current else own)))
    for one in np.unique(flat_bias[flat_bias != 0]):
        group = np.flatnonzero(flat_bias == one)
        for i in range(0, len(group), junction.together):
            block = group[i : i + junction.together]
            total[block] = _of_block(junction, kT, flat_x[block], float(one), current)
    return total.reshape(shape + total.shape[1:])[()]


def _of_block(junction: Junction, kT: float, x: Array, bias: float, current: bool) -> Array:
    """The same at some positions, which share their energies."""
    mu0, many = junction.mu0, junction.coordinates
    left, right = (Change(mu0, kT, sign * bias / 2, 0.0) for sign in (1, -1))

    def integrand(energy: Array) -> Array:
        rises = occupation_change(energy, left), occupation_change(energy, right)
        if current:
            through = junction.transmission(x[:, None], energy)
            return through * (rises[0] - rises[1]) / (2 * np.pi)
        f_left, f_right = (np.moveaxis(f, 1, -1) for f in junction.lead_kernels(x[:, None], energy))
        return (rises[0] * f_left + rises[1] * f_right) / np.pi

    reach = abs(bias) / 2 + 40 * kT
    breaks = np.clip(junction.breaks(x, bias, kT), mu0 - reach, mu0 + reach)
    few = max(1, _ENTRIES // (len(x) * junction.matrix(x[0]).size * max(1, many)))
    alike = (-1,) if many and not current else ()
    return adaptive(integrand, breaks, alike=alike, few=few)
