"""What the surroundings do to the velocities of an ensemble in one step: damping and noise.

Units: gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cifcore.device import Array


class ClassicalBath:
    """White noise, <xi(t) xi(t')> = 2 kT nu delta(t - t'), and the damping that belongs to it.

    Both act on the velocity at fixed position, exactly, over the whole of a step.

    Parameters
    ----------
    M, nu : float
        Mass and friction coefficient.
    kT : float
        Thermal energy.
    n : int
        Size of the ensemble.
    rng : Generator
        Source of the noise.
    """

    def __init__(self, M: float, nu: float, kT: float, n: int, rng: np.random.Generator) -> None:
        self._mass, self._nu, self._strength = M, nu, 2 * kT * nu
        self._rng, self._normal, self._noisy = rng, np.empty(n), kT > 0

    def start(self, h: float, scale: float) -> None:
        """From here on steps last `h`, and velocities are kept times `scale`."""
        self._h, self._scale = h, scale
        self._decay, self._spread = self._of_step(0.0, 0.0)

    def act(self, v: Array, friction: Any = None, noise: Any = None) -> None:
        """Damp the velocities `v` over one step and add its noise, in place.

        `friction` and `noise`, white and of this strength, are added to those of the bath.
        """
        decay, spread = self._decay, self._spread
        if friction is not None or noise is not None:
            more = 0.0 if friction is None else friction
            decay, spread = self._of_step(more, 0.0 if noise is None else noise)
        v *= decay
        if self._noisy or noise is not None:
            self._rng.standard_normal(out=self._normal)
            self._normal *= spread
            v += self._normal

    def _of_step(self, friction: Any, noise: Any) -> tuple[Any, Any]:
        """Factor and spread of M dv = -friction v dt + sqrt(noise) dW over a step, exact."""
        rate, h = np.asarray(self._nu + friction) / self._mass, self._h
        lost = np.expm1(-rate * h)
        with np.errstate(divide="ignore", invalid="ignore"):
            # 1 - exp(-2 rate h) = -lost (2 + lost)
            time = np.where(rate * h > 1e-12, -lost * (2 + lost) / (2 * rate), h)
        spread = np.sqrt(np.asarray(self._strength + noise) * time) / self._mass
        return 1 + lost, spread * self._scale
