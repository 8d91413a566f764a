"""Where several rest positions are impossible, in closed form: linear response at mu0 = 0."""

from typing import Any

import numpy as np

from cifcore import _check
from cifcore.device import Device


def least_bias(device: Device) -> Any:
    """Bias below which no device of this k, a0 and b has several rest positions, in gamma0/e.

    abs(eV) = 2 pi k (a0/b)^2, whatever E_dot, gamma and lam are; weak couplings and a lam close to
    1 come as near to it as one likes. Infinite for b = 0.

    In y = 2 b (x - centre)/a0 the force is proportional to u/(1 + u^2), u = c cosh y =
    (gL^2 + gR^2)/abs(E_dot). A fold needs a place where it rises as fast as the spring,

        w d/dy [u/(1 + u^2)] = 1,    w = 2 b^2 abs(eV)/(pi a0^2 k).

    With u = tan(angle) the derivative is sin(4 angle)/4 times tanh y: never more than 1/4.

    Examples
    --------
    >>> from cifcore import LinearBias, folds, paper_device
    >>> device = paper_device("2b")
    >>> f"{least_bias(device):.4f} < {min(folds(LinearBias(device), 1.0).bias):.4f}"
    '0.0314 < 0.0834'
    """
    _check.instance("device", device, Device)
    _check.within("device.mu0", device.mu0, lambda a: a == 0, "0, the middle of the band")
    with np.errstate(divide="ignore"):
        bound = 2 * np.pi * device.k * np.square(np.divide(device.a0, device.b))
    return np.broadcast_to(bound, device.shape)[()]
