"""The spread of the damped quantum oscillator: how wide the dot is when nothing pushes it."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Device

_CLOSE, _APART = 1e-3, 1e-5
_FAR = 1e20  # a cutoff so far off is as one at infinity, or at zero


def quantum_spread(device: Device, kT: ArrayLike, cutoff: ArrayLike = np.inf) -> Any:
    """<x^2> of the free oscillator in its bath, in a^2; of the common shape of the arguments.

    (kT/M) sum over all n of 1/(omega^2 + nu_n^2 + nu_n g(nu_n)), with nu_n = 2 pi kT abs(n)
    and g(z) = (nu/M) cutoff/(cutoff + z): friction of the device(s), with Drude's cutoff (Grabert,
    Schramm and Ingold, Phys. Rep. 168, 115 (1988)). In closed form, relative error about 1e-10.

    Parameters
    ----------
    kT : float or array, >= 0
        Thermal energy of the bath, in gamma0.
    cutoff : float or array, > 0
        Frequency up to which the bath follows, in gamma0/hbar; infinite: strictly Ohmic.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> device = paper_device("9")
    >>> f"{quantum_spread(device, 0.0) * 2 * device.M * device.omega:.4f}"
    '0.9094'
    """
    _check.instance("device", device, Device)
    kT = _check.within("kT", kT, *_check.NOT_NEGATIVE)
    strict = _check.plain("cutoff", cutoff) == np.inf
    finite = _check.positive("cutoff", np.where(strict, 1.0, cutoff) if np.any(strict) else cutoff)
    cutoff = np.where(strict, np.inf, finite)
    shape = _check.common_shape(device=device.shape, kT=kT.shape, cutoff=cutoff.shape)
    parts = (device.M, device.omega, device.nu / device.M, kT, cutoff)
    flat = [np.broadcast_to(part, shape).reshape(-1) for part in parts]
    out = np.array([_spread(*values) for values in zip(*flat, strict=True)])
    return out.reshape(shape)[()]


def _spread(mass: float, omega: float, rate: float, kT: float, cutoff: float) -> float:
    # in units of omega
    rate, heat, far = rate / omega, kT / omega, _FAR * (1 + rate / omega)
    slow = min(omega / cutoff, far) if omega / cutoff > 1 / far else 0.0
    roots, rates = np.roots([slow, 1.0, rate + slow, 1.0]), [rate]
    if np.min(np.abs(roots[:, None] - roots) + 10 * np.eye(len(roots))) < _CLOSE:
        # the mean of a little more and less friction is right to its square
        rates = [rate * (1 + _APART), rate * (1 - _APART)]
    return float(np.mean([_fractions(each, heat, slow) for each in rates])) / (mass * omega)


def _fractions(rate: float, heat: float, slow: float) -> Any:
    """The sum over frequencies of (1 + slow z)/p(z) as a sum over the zeros of p."""
    digamma = _check.library("scipy.special", "quantum_spread").digamma
    p = [slow, 1.0, rate + slow, 1.0]  # (1 + slow z)(1 + z^2) + rate z
    roots = np.roots(p).astype(complex)
    weight = (1 + slow * roots) / np.polyval(np.polyder(p), roots)
    if heat < 1e-100:
        return -np.sum(weight * np.log(-roots)).real / np.pi
    return heat - np.sum(weight * digamma(1 - roots / (2 * np.pi * heat))).real / np.pi
