"""The seam of the package: positions and motion take a `Response`, never asking which one it is."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array


class Response(ABC):
    """What a bias does to the dot: a nonequilibrium force and a current, at any position.

    A subclass sets `device`, a `Mechanics`, and defines `force` and `current`; families ask for
    `of` too, and `length`, or `nodes`, says where to look. The rest may be overridden.

    Attributes
    ----------
    proportional : bool
        Whether `force(x, bias)` is `bias * force(x, 1)`.
    length : float or array
        Distance over which the force changes, in a.
    max_bias : float
        Largest modulus of a bias that has a meaning.
    resolved : bool
        Whether `nodes` are taken to resolve the force: nobody looks between them then.

    Examples
    --------
    A push to the right that falls off with distance:

    >>> import numpy as np
    >>> from cifcore import Mechanics, equilibria
    >>> class Push(Response):
    ...     proportional, device = True, Mechanics(k=0.02)
    ...     def force(self, x, bias):
    ...         return bias / np.cosh(x)
    ...     current = force
    >>> equilibria(Push(), 0.05).x.round(3).tolist()
    [1.285]
    """

    device: Any
    proportional: bool = False
    length: Any = 1.0
    max_bias: float = np.inf
    resolved: bool = False

    @abstractmethod
    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Nonequilibrium force at `x` under `bias`, in gamma0/a; zero at zero bias."""

    @abstractmethod
    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Current (of charge or heat, per spin) at `x` under `bias`."""

    def of(self, device: Any) -> "Response":
        """The same response of another device."""
        raise NotImplementedError(f"{type(self).__name__} has no of(device), for families ask it")

    def select(self, index: NDArray[np.intp]) -> "Response":
        """The response of some members of its family, one after the other, by flat index."""
        return self.of(self.device.select(index)) if self.device.shape else self

    def stretched(self) -> "Response":
        """The response of the family with one more axis, to go along positions."""
        return self.of(self.device.stretched()) if self.device.shape else self

    @property
    def explicit(self) -> bool:
        """Whether all rest positions lie on the branch bias = k x/force(x, 1)."""
        return self.proportional and self.device.bond is None

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx. By default a five-point difference with a relative error of about 1e-10."""
        return self._differences(x, bias)[1]

    def _differences(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, ...]:
        """Force and dF/dx from one call."""
        x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
        shape = _check.common_shape(x=x.shape, bias=bias.shape, device=self.device.shape)
        step = 1e-3 * self.length
        ways = np.arange(-2, 3).reshape(5, *(1 for _ in shape))
        far, near, here, ahead, beyond = self.force(x + ways * step, bias)
        return here, (8 * (ahead - near) - (beyond - far)) / (12 * step)

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, ...]:
        """Both at once, for inner loops: a subclass may share the work, and skip the checks."""
        return self.force(x, bias), self.current(x, bias)

    def force_and_slope(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, ...]:
        """Force and dF/dx at once, as `force_and_current`."""
        if type(self).force_slope is Response.force_slope:
            return self._differences(x, bias)
        return self.force(x, bias), self.force_slope(x, bias)

    def ensemble(self, n: int, scale: float) -> "Ensemble":
        """Inner loop of an ensemble of `n` positions of a single device."""
        return Ensemble(self, scale)

    def inflections(self) -> Array | None:
        """Where force(x, 1) changes its curvature, ascending, ``(*device.shape, m)``, if known."""
        return None

    def transmission(self, x: ArrayLike) -> Any:
        """Transmission at the Fermi energy mu0."""
        raise NotImplementedError

    def nodes(self) -> Array:
        """Positions that resolve the force and enclose every equilibrium, ascending.

        Shape ``(*device.shape, n)``; by default a tenth of `length` apart to 30 of them, and wider
        to 60. Unless `resolved`, `equilibria` and `folds` look at 31 points between two nodes, and
        add nodes, or refuse, where one is off a straight line by over 0.003 of the largest force:
        features wider than a hundredth of that way, 1e-3 `length` by default, are seen for sure.
        """
        side = np.concatenate([np.arange(1, 301) / 10, np.geomspace(30.3, 60, 30)])
        x = np.concatenate([-side[::-1], [0.0], side]) * np.asarray(self.length)[..., None]
        return np.broadcast_to(x, (*self.device.shape, x.shape[-1]))

    def ends(self) -> Array:
        """The first and the last of `nodes`; shape ``(*device.shape, 2)``."""
        return self.nodes()[..., [0, -1]]

    def nodes_with_bond(self) -> Array:
        """`nodes`, and those that resolve the bond, if there is one."""
        nodes, bond = self.nodes(), self.device.bond
        if bond is None:
            return nodes
        more = bond.nodes(np.min(nodes), np.max(nodes))
        more = np.broadcast_to(more, (*self.device.shape, len(more)))
        return np.sort(np.concatenate([nodes, more], axis=-1), axis=-1)

    @property
    def origin(self) -> Any:
        """Position from which the work of the force is counted in the effective potential."""
        return self.ends()[..., 0]


class Joint(Response):
    """A response whose force and current share their work: a subclass defines `parts`."""

    @abstractmethod
    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        """What is asked for, of "force" and "current"."""

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self.parts(x, bias, "force")[0]

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self.parts(x, bias, "current")[0]

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, ...]:
        return self.parts(x, bias, "force", "current")


def checked_bias(response: Response, bias: ArrayLike) -> Array:
    """`bias` as an array, if the response can be searched for rest positions under it."""
    most = response.max_bias
    return _check.within("bias", bias, lambda a: np.abs(a) <= most, f"at most {most:g} in modulus")


class Ensemble:
    """Force, times `scale`, and current along an ensemble's way, for the loop of `langevin`."""

    def __init__(self, response: Response, scale: float) -> None:
        self._response, self._scale = response, scale
        self._sum: Any = 0.0

    def kick(self, x: Array, bias: float, weight: float) -> Array:
        """(F - U') scale, which holds until the next call; adds `weight` current to the sum."""
        force, current = self._response.force_and_current(x, bias)
        self._sum = self._sum + weight * current
        return (force - self._response.device.tension(x)) * self._scale

    def current(self) -> Any:
        """Weighted sum of the currents so far."""
        return self._sum
