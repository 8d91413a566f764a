"""The spread of the damped quantum oscillator: how wide the dot is when nothing pushes it."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Device, check_device

# Bernoulli's numbers B2, B4 ... B16
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_SHIFT = 12
_CLOSE, _APART = 1e-3, 1e-5


def quantum_spread(device: Device, kT: ArrayLike, cutoff: ArrayLike = np.inf) -> Any:
    """<x^2> of the free oscillator in its bath, in a^2; of the common shape of the arguments.

    (kT/M) sum over all n of 1/(omega^2 + nu_n^2 + nu_n g(nu_n)), with nu_n = 2 pi kT abs(n)
    and g(z) = (nu/M) cutoff/(cutoff + z): friction of the device, with Drude's cutoff (Grabert,
    Schramm and Ingold, Phys. Rep. 168, 115 (1988)). In closed form, relative error about 1e-10.

    Parameters
    ----------
    device : Device
        Or a family: its k, M and zeta count.
    kT : float or array, >= 0
        Thermal energy of the bath, in gamma0.
    cutoff : float or array, > 0
        Frequency up to which the bath follows, in gamma0/hbar; infinite for strictly Ohmic
        friction, for which <x^2> is finite (and <p^2> is not).

    Examples
    --------
    >>> from cifcore import paper_device
    >>> device = paper_device("9")
    >>> f"{quantum_spread(device, 0.0) * 2 * device.M * device.omega:.4f}"
    '0.9094'
    """
    check_device(device)
    kT = _check.within("kT", kT, *_check.NOT_NEGATIVE)
    given = _check.plain("cutoff", cutoff)
    strict = np.isposinf(given) if given.dtype.kind == "f" else np.zeros(given.shape, bool)
    finite = _check.positive("cutoff", np.where(strict, 1.0, given) if strict.any() else cutoff)
    cutoff = np.where(strict, np.inf, finite)
    shape = _check.common_shape(device=device.shape, kT=kT.shape, cutoff=cutoff.shape)
    parts = (device.M, device.omega, device.nu / device.M, kT, cutoff)
    flat = [np.broadcast_to(part, shape).reshape(-1) for part in parts]
    out = np.array([_spread(*values) for values in zip(*flat, strict=True)])
    return out.reshape(shape)[()]


def _spread(mass: float, omega: float, rate: float, kT: float, cutoff: float) -> float:
    # in units of omega
    rate, heat, cutoff = rate / omega, kT / omega, cutoff / omega
    roots = _roots(rate, cutoff)
    rates = [rate]
    if np.min(np.abs(roots[:, None] - roots) + 10 * np.eye(len(roots))) < _CLOSE:
        # the mean of a little more and less friction is right to its square
        rates = [rate * (1 + _APART), rate * (1 - _APART)]
    total = np.mean([_fractions(_roots(each, cutoff), heat, cutoff) for each in rates])
    return float(total) / (mass * omega)


def _roots(rate: float, cutoff: float) -> Any:
    """Zeros of 1 + z^2 + z g(z), all with Re z <= 0."""
    # times cutoff + z, if that is finite
    poly = [1.0, rate, 1.0]
    if np.isfinite(cutoff):
        poly = [1.0, cutoff, 1 + rate * cutoff, cutoff]
    roots = np.roots(poly).astype(complex)
    for _ in range(3):
        slope = np.polyval(np.polyder(poly), roots)
        step = np.polyval(poly, roots) / np.where(slope == 0, 1, slope)
        roots = roots - np.where(np.abs(step) < 1e-3 * np.abs(roots), step, 0)
    return roots


def _fractions(roots: Any, heat: float, cutoff: float) -> Any:
    """The sum over frequencies as a sum over the zeros of the denominator."""
    differences = roots[:, None] - roots
    np.fill_diagonal(differences, 1.0)
    weight = 1 / np.prod(differences, axis=1)
    if not np.isinf(cutoff):
        weight = weight * (roots + cutoff)
    if heat < 1e-100:
        return -np.sum(weight * np.log(-roots)).real / np.pi
    terms = weight * digamma(1 - roots / (2 * np.pi * heat))
    return heat - np.sum(terms).real / np.pi


def digamma(z: Any) -> Any:
    """psi(z) for Re z > 0, relative error about 1e-14 of max(1, abs(psi)).

    psi(z) = psi(z + 12) - sum 1/(z + j), and Stirling's series for the larger argument.
    """
    far = z + _SHIFT
    series = sum(b / (2 * m) / far ** (2 * m) for m, b in enumerate(_BERNOULLI, start=1))
    return np.log(far) - 0.5 / far - series - sum(1 / (z + j) for j in range(_SHIFT))
