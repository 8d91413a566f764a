"""The gamma function's logarithm and derivative for complex arguments, with numpy alone."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Bernoulli's numbers B2, B4 ... B16
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_SHIFT = 12


def digamma(z: ArrayLike) -> Any:
    """psi(z) for Re z > 0, relative error about 1e-14 of max(1, abs(psi)).

    psi(z) = psi(z + 12) - sum 1/(z + j), and Stirling's series for the larger argument.
    """
    z = np.asarray(z, dtype=complex)
    far = z + _SHIFT
    series = sum(b / (2 * m) / far ** (2 * m) for m, b in enumerate(_BERNOULLI, start=1))
    return np.log(far) - 0.5 / far - series - sum(1 / (z + j) for j in range(_SHIFT))


def log_gamma(z: ArrayLike) -> Any:
    """ln Gamma(z) for Re z > 0, relative error about 1e-14 of max(1, abs(ln Gamma))."""
    z = np.asarray(z, dtype=complex)
    far = z + _SHIFT
    series = sum(
        b / (2 * m * (2 * m - 1)) / far ** (2 * m - 1) for m, b in enumerate(_BERNOULLI, start=1)
    )
    stirling = (far - 0.5) * np.log(far) - far + 0.5 * np.log(2 * np.pi) + series
    return stirling - sum(np.log(z + j) for j in range(_SHIFT))
