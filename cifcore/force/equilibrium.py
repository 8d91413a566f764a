"""The force of the electrons when nothing drives them: their part of the paper's spring."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.bond import Bond
from cifcore.device import Device
from cifcore.electrons.chain import Dot
from cifcore.electrons.integrals import filled, grand_potential


def equilibrium_force(device: Device, x: ArrayLike, kT: ArrayLike = 0.0) -> Any:
    """<-dH/dx> of all electrons of the chain in equilibrium at mu0, of one spin, in gamma0/a.

    Of devices, positions and temperatures kT >= 0 that broadcast; `device.kT0` is not used. Minus
    the derivative of the grand potential, which depends on S = gL^2 + gR^2 alone:

        F_eq = (dS/dx) (1/pi) int deps f(eps) Im[Sigma G_dot],

    over all energies, bound states included, to 1e-9 and mostly 1e-12. The integral is never
    negative: in equilibrium the electrons pull the dot away from where gL = gR.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> device = paper_device("7", zeta=0.2)
    >>> f"{equilibrium_force(device, 0.1):.4f} {-device.k * 0.1:.4f}"
    '0.0124 -0.0020'
    """
    _check.instance("device", device, Device)
    x, kT = _check.real_array("x", x), _check.within("kT", kT, *_check.NOT_NEGATIVE)
    shape = _check.common_shape(x=x.shape, kT=kT.shape, device=device.shape)
    dot = Dot(device)
    w = np.broadcast_to(dot.rate * x - dot.offset, shape)
    with np.errstate(over="ignore"):
        S, bend = 2 * dot.root * np.cosh(w), 2 * dot.rate * dot.root * np.sinh(w)
    if not np.all(S < 1e150):
        raise ValueError(f"x = {x!r}: must be where gL^2 + gR^2 stays below 1e150")
    return (bend / np.pi * filled(S, device.E_dot, device.mu0, kT)[0])[()]


def electrons_bond(device: Device, kT: float = 0.0, spins: int = 1) -> Bond:
    """The electrons' grand potential in equilibrium, as a potential of the dot: U' = -F_eq.

    Of a single device, for one spin or both, counted from where gL = gR.

    Examples
    --------
    The bare bond that makes the paper's spring together with the electrons:

    >>> from cifcore import paper_device
    >>> device = paper_device("2b")
    >>> bare = Bond.spring(device.k) + -1 * electrons_bond(device)
    >>> f"{bare.k / device.k:.2f}"
    '17.53'
    """
    _check.instance("device", device, Device, single=True)
    spins = _check.whole("spins", spins, 1, 2)
    kT = _check.real("kT", kT, *_check.NOT_NEGATIVE)
    dot = Dot(device)

    def energy(x: Any) -> Any:
        S = 2 * dot.root * np.cosh(dot.rate * np.asarray(x, float) - dot.offset)
        return spins * grand_potential(S, 2 * dot.root, device.E_dot, device.mu0, kT)

    return Bond(energy, 1 / dot.rate, lambda x: -spins * equilibrium_force(device, x, kT))
