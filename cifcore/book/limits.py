"""Up to which coupling several rest positions exist, in linear response at mu0 = 0.

In the units of `cifcore.positions.rest`, where a fold asks for w d/dy [u/(1 + u^2)] = 1.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check

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
