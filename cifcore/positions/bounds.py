"""Where several rest positions are impossible, in closed form: linear response at mu0 = 0.

In y = 2 b (x - centre)/a0 the force of a bias is proportional to u/(1 + u^2) with
u = (gL^2 + gR^2)/abs(E_dot) = c cosh y, and the spring pulls towards -y_c, y_c = 2 artanh(lam).
A fold needs a place where the force rises as fast as the spring,

    w d/dy [u/(1 + u^2)] = 1,    w = 2 b^2 abs(eV)/(pi a0^2 k).

With u = tan(angle) the derivative is sin(4 angle)/4 times tanh y: never more than 1/4.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Device, check_device

UNBOUNDED = float(np.tanh((np.sqrt(2) + np.log(1 + np.sqrt(2))) / 2))
"""abs(lam) from which on several rest positions exist for arbitrarily large c."""


def least_bias(device: Device) -> Any:
    """Bias below which no device of this k, a0 and b has several rest positions, in gamma0/e.

    abs(eV) = 2 pi k (a0/b)^2, whatever E_dot, gamma and lam are; weak couplings and a lam close to
    1 come as near to it as one likes. Infinite for b = 0.

    Examples
    --------
    >>> from cifcore import LinearBias, folds, paper_device
    >>> device = paper_device("2b")
    >>> f"{least_bias(device):.4f} < {min(folds(LinearBias(device), 1.0).bias):.4f}"
    '0.0314 < 0.0834'
    """
    check_device(device)
    _check.within("device.mu0", device.mu0, lambda a: a == 0, "0, the middle of the band")
    with np.errstate(divide="ignore"):
        bound = 2 * np.pi * device.k * np.square(np.divide(device.a0, device.b))
    return np.broadcast_to(bound, device.shape)[()]


def largest_ratio(lam: ArrayLike) -> Any:
    """Largest c = 2 gamma^2 (1 - lam^2)/abs(E_dot) with several rest positions for some bias.

    For a bias that pushes towards the centre of the couplings (-E_dot eV lam > 0), the better sign.
    At a fold with u < 1, c^2 = (s - 1)/((s + 1) cosh^2 y) with s = (y + y_c) tanh y: the largest
    value along y > 0 is looked for. One with u > 1 needs (y_c - y) tanh y > 1 somewhere, for which
    y_c must exceed sqrt(2) + ln(1 + sqrt(2)), beyond `UNBOUNDED`: then c is infinite.

    Examples
    --------
    >>> f"{largest_ratio(0.0):.4f}"
    '0.1700'
    """
    size = np.abs(_check.within("lam", lam, lambda a: np.abs(a) < 1, "inside -1 < lam < 1"))
    y_c = 2 * np.arctanh(size)[..., None]

    def squared(y: Any) -> Any:
        s = (y + y_c) * np.tanh(y)
        return (s - 1) / ((s + 1) * np.cosh(y) ** 2)

    low, high = np.zeros_like(y_c), np.full_like(y_c, 5.0)
    for _ in range(12):
        y = low + (high - low) * np.linspace(0, 1, 41)
        at = np.argmax(squared(y), axis=-1)[..., None]
        low, high = (np.take_along_axis(y, np.clip(at + side, 0, 40), axis=-1) for side in (-1, 1))
    found = np.sqrt(squared((low + high) / 2))[..., 0]
    return np.where(size > UNBOUNDED, np.inf, found)[()]
