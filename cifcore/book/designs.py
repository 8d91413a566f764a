"""For the chapter "Design space": devices of given reduced numbers, random ones, and a limit.

To first order at mu0 = 0, in the units of `cifcore.positions.rest`: a fold asks for
w d/dy [u/(1 + u^2)] = 1.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import Device, _check

RANGES = {
    "E_dot": (0.02, 1.0),
    "gamma": (0.01, 0.7),
    "lam": (-0.98, 0.98),
    "b": (1.0, 10.0),
    "a0": (2.0, 10.0),
    "k": (0.002, 0.5),
    "eV": (0.005, 0.5),
}
"""Ranges of the random devices: E_dot (of either sign), gamma, k and eV even in the logarithm."""


def reduced(device: Device, bias: ArrayLike) -> tuple[Any, Any, Any]:
    """The three numbers c, y_c and w of a device under a bias, at mu0 = 0.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> ["%.3f" % number for number in reduced(paper_device("6"), 0.15)]
    ['0.171', '1.386', '14.622']
    """
    c = 2 * device.gamma**2 * (1 - device.lam**2) / np.abs(device.E_dot)
    v = 2 * device.b**2 * np.asarray(bias) / (np.pi * device.a0**2 * device.k)
    return c, 2 * np.arctanh(device.lam), -np.sign(device.E_dot) * v


def twin(
    c: ArrayLike,
    y_c: ArrayLike,
    E_dot: float = -1.0,
    b: float = 1.0,
    a0: float = 2.0,
    k: float = 1 / (2 * np.pi),
) -> Device:
    """A device of these two numbers; by default the one for which y = x and w = eV."""
    lam = np.tanh(np.asarray(y_c) / 2)
    gamma = np.sqrt(np.asarray(c) * np.abs(E_dot) / (2 * (1 - lam**2)))
    return Device(E_dot, gamma, b, a0, k, lam)


def random_devices(index: ArrayLike) -> tuple[Device, Any]:
    """Devices and biases of the given numbers: an additive recurrence, even in all parameters.

    The points depend on their numbers alone: neither on how many there are nor on chunks.
    """
    # powers of the root of g^9 = g + 1, which generalise the golden ratio to eight dimensions
    g = 1.0
    for _ in range(60):
        g = (1 + g) ** (1 / 9)
    u = ((0.5 + np.outer(np.asarray(index, float), g ** -np.arange(1.0, 9.0))) % 1).T
    values = {}
    for (name, (low, high)), at in zip(RANGES.items(), u[:7], strict=True):
        even = name in ("lam", "b", "a0")
        values[name] = low + (high - low) * at if even else low * (high / low) ** at
    values["E_dot"] *= np.where(u[7] < 0.5, -1.0, 1.0)
    bias = values.pop("eV")
    return Device(**values), bias


UNBOUNDED = float(np.tanh((np.sqrt(2) + np.log(1 + np.sqrt(2))) / 2))
"""abs(lam) from which on several rest positions exist for arbitrarily large c."""


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
