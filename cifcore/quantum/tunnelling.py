"""Over a barrier, or through it: the crossover, and the quantum correction above it."""

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.positions.landscape import barriers
from cifcore.quantum.states import wells


def crossover(response: Response, bias: float) -> Array:
    """Thermal energy kB T_c below which the dot leaves a well by tunnelling, for each top.

    (1/2 pi) [sqrt((nu/2M)^2 + omega_top^2) - nu/2M], with omega_top the frequency of the inverted
    parabola at the top and the device's Ohmic friction (Haenggi, Talkner and Borkovec, Rev. Mod.
    Phys. 62, 251 (1990), Sec. IX). Shape (tops,), in gamma0, ascending in x.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> [f"{kT:.2e}" for kT in crossover(LinearBias(paper_device("2b")), 0.2)]
    ['9.37e-04']
    """
    top = wells(response, bias).x_top
    device = response.device
    square = (response.force_slope(top, bias) - device.stiffness(top)) / device.M
    half = device.nu / (2 * device.M)
    return np.asarray(square / (np.sqrt(half**2 + square) + half)) / (2 * np.pi)


def quantum_correction(response: Response, bias: float, kT: ArrayLike) -> Array:
    """Factor by which tunnelling and zero-point motion raise Kramers' rate above T_c.

    The product over n >= 1 of (omega_well^2 + nu_n^2 + nu_n nu/M)/(-omega_top^2 + nu_n^2 +
    nu_n nu/M), nu_n = 2 pi n kT (Wolynes, Phys. Rev. Lett. 47, 968 (1981)). Shape
    ``(barriers, *kT.shape)``, in the order of `barriers`. Good while kT is well below the barrier
    and not too near the crossover, where it diverges; below it, infinite.
    """
    _check.instance("response", response, Response, single=True)
    kT = _check.positive("kT", kT)
    device = response.device
    first, half, out = 2 * np.pi * kT, device.nu / (2 * device.M), []
    loggamma = _check.library("scipy.special", "quantum_correction").loggamma
    for places in barriers(response, bias):
        x = np.array(places[:2])
        squares = (device.stiffness(x) - response.force_slope(x, bias)) / device.M
        # nu^2 + 2 half nu + square has the zeros -half +- root: a product of gamma functions
        roots = np.sqrt(half**2 - squares + 0j) * np.array([[1], [-1]])
        well, top = loggamma(1 + np.divide.outer(half + roots, first)).real.sum(axis=0)
        above = squares[1] + first * (first + 2 * half) > 0
        out.append(np.where(above, np.exp(top - well), np.inf))
    return np.array(out)
