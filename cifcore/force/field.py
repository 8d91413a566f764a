"""What a bias does to a dot whose level feels it, with couplings that may saturate.

The level follows its share of the voltage, the field and, in mean field, its own charge; couplings
are those of Eq. 2 at x = 0 and where weak, but saturate in the square or, as hoppings cut off in
the manner of Goodwin, Skinner and Pettifor, in the exponent:

    E = E_dot + eV (1/2 - drop) - field eV x/(2 a0) + U (n - n_rest),
    1/g^2 = 1/most^2 + (1/g(0)^2 - 1/most^2) exp(+-2 b x/a0),
    g = g(0) (most/g(0))^(1 - exp(-u)),    u = -+(b x/a0)/ln(most/g(0)).

The force is that of all electrons under the bias less that of all without, bound states included:
where the level moves, the force in equilibrium moves with it.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons.integrals import Integrals, filled
from cifcore.force.exact import Couplings, FullBias, FullThermal
from cifcore.force.response import Response
from cifcore.roots import bracketed_root


class _Charge(NamedTuple):
    """Occupation of one spin and what it is made of: in equilibrium, and the leads' changes."""

    n: Any
    still: Any
    left: Integrals
    right: Integrals


class FieldBias(FullBias):
    """`FullBias` of a single device, if its level feels the bias, and its couplings may saturate.

    Parameters
    ----------
    drop : float
        Part of the voltage that falls between the left lead and the dot.
    field : float
        1 for a uniform field between leads at -a0 and a0, 0 for none. It also pushes the charge
        that the dot has beyond that at rest, (n - n_rest) field eV/(2 a0).
    charging : float, >= 0
        U, n the electrons of the other spin; `E_dot` is the level without a bias at x = 0.
    most : float, optional
        What the couplings saturate at, in gamma0: above those at x = 0. By default they are Eq. 2.
    law : {"square", "exponent"}
        What saturates, 1/g^2 or the exponent.

    Examples
    --------
    All of the voltage falls to the right of the dot, and the level goes up with the left lead:

    >>> from cifcore import paper_device
    >>> f"{FieldBias(paper_device('2a'), drop=0.0).level(0.3, 0.1):.2f}"
    '-0.15'
    """

    _options: tuple[str, ...] = ("drop", "field", "charging", "most", "law", "spins")

    def __init__(
        self,
        device: Device,
        *,
        drop: float = 0.5,
        field: float = 0.0,
        charging: float = 0.0,
        most: float | None = None,
        law: str = "square",
        spins: int = 1,
    ) -> None:
        _check.instance("device", device, Device, single=True)
        super().__init__(device, spins)
        self.drop, self.field = _check.real("drop", drop), _check.real("field", field)
        self.charging = _check.real("charging", charging, *_check.NOT_NEGATIVE)
        self.most, self.law, largest = most, law, max(device.couplings(0.0))
        if most is not None:
            _check.real("most", most, lambda a: a > largest, f"above {largest:.6g}")
        if law not in ("square", "exponent"):
            raise ValueError(f'law = {law!r}: must be "square" or "exponent"')
        none = np.zeros((1, 1))
        self.n_rest = float(self._charge(self._squares(none), device.E_dot + none, none).n.item())

    def level(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Energy of the dot's level at `x` under `bias`, in gamma0."""
        return self._in_rows(lambda *at: self._place(*at)[1], x, bias, 2048)[0]

    def occupation(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Electrons of one spin on the dot."""
        return self._in_rows(lambda *at: self._charge(*self._place(*at), at[2]).n, x, bias, 2048)[0]

    def nodes(self) -> Array:
        """Those of `FullBias`; in a field, between the leads."""
        nodes = super().nodes()
        return nodes[np.abs(nodes) < self.device.a0] if self.field else nodes

    ends = Response.ends

    def transmission(self, x: ArrayLike) -> Any:
        """Transmission at mu0 without a bias."""
        c = self._squares(_check.real_array("x", x))
        return c.transmission(self.level(x, 0.0), self.device.mu0)

    def _enough(self, bias: Array) -> None:
        """The level is another one under each bias."""

    def _voltage(self, bias: Any) -> Any:
        return 2 * self._steps(self.device, bias)[0]

    def _squares(self, x: Array) -> Couplings:
        rate, (at_left, at_right) = 2 * self.device.b / self.device.a0, self.device.couplings(0.0)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            left, d_left = self._square(at_left**2, -rate, x)
            right, d_right = self._square(at_right**2, rate, x)
        if not np.all(left + right < 1e150):
            raise ValueError(f"x = {x!r}: must be where gL^2 + gR^2 stays below 1e150")
        return Couplings(left, right, d_left, d_right)

    def _square(self, at: float, rate: float, x: Array) -> tuple[Array, Array]:
        """A squared coupling, `at` at x = 0, and its derivative."""
        if self.most is not None and self.law == "exponent":
            span = np.log(self.most**2 / at)
            fade = np.exp(np.minimum(-rate * x / span, 300.0))
            square = at * np.exp(span * (1 - fade))
            return square, rate * fade * square
        floor = 0.0 if self.most is None else self.most**-2
        square = 1 / (floor + (1 / at - floor) * np.exp(-rate * x))
        return square, rate * square * (1 - square * floor)

    def _charge(self, c: Couplings, level: Array, bias: Array) -> _Charge:
        device, S = self.device, c.left + c.right
        left, right = self._of_leads(device, S, level, bias)
        still, whole = filled(S, level, device.mu0, device.kT0)
        n = -(whole + (c.left * left.g + c.right * right.g) / S) / np.pi
        return _Charge(n, still, left, right)

    def _level(self, c: Couplings, x: Array, bias: Array) -> Array:
        """The level, which its charge shifts, and the other way round."""
        shift = 0.5 - self.drop - self.field * x / (2 * self.device.a0)
        bare = self.device.E_dot + self._voltage(bias) * shift - self.charging * self.n_rest
        if not self.charging:
            return bare

        def excess(level: Array) -> Any:
            return level - bare - self.charging * self._charge(c, level, bias).n

        # a bracket, as there is from no to one electron; the occupation falls with the level
        return bracketed_root(excess, bare, bare + self.charging, close=1e-13)

    def _place(self, device: Device, x: Array, bias: Any) -> tuple[Couplings, Array]:
        c = self._squares(x)
        return c, self._level(c, x, bias)

    def _above_the_axis(self, device: Device, x: Array, bias: Any) -> Any:
        c, level = self._place(device, x, bias)
        n, still, *changes = self._charge(c, level, bias)
        before = filled(c.left + c.right, self._level(c, x, 0 * bias), device.mu0, device.kT0)[0]
        moved = (c.d_left + c.d_right) * (still - before) / np.pi
        direct = (n - self.n_rest) * self.field * self._voltage(bias) / (2 * device.a0)
        return c.force(level, *changes) + moved + direct


class FieldThermal(FullThermal, FieldBias):
    """The same for `FullThermal`, with the options charging, most, law and spins of `FieldBias`."""

    _options = ("charging", "most", "law", "spins")

    def __init__(self, device: Device, **options: Any) -> None:
        if unknown := sorted(set(options) - set(self._options)):
            raise TypeError(f"no such option: {', '.join(unknown)}; must be of {self._options}")
        super().__init__(device, **options)
