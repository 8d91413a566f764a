"""What the surroundings do to the velocities of an ensemble in one step: damping and noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from cifcore.device import Array


class ClassicalBath:
    """White noise, <xi(t) xi(t')> = 2 kT nu delta(t - t'), and its damping; exact over a step."""

    def __init__(self, M: float, nu: float, kT: float, n: int, rng: np.random.Generator) -> None:
        self._mass, self._nu, self._strength = M, nu, 2 * kT * nu
        self._rng, self._normal, self._noisy = rng, np.empty(n), kT > 0

    def start(self, h: float, scale: float) -> None:
        """From here on steps last `h`, and velocities are kept times `scale`."""
        self._h, self._scale = h, scale
        self._own = self._of_step(None, None)

    def act(self, v: Array, friction: Any = None, noise: Any = None) -> None:
        """Damp `v` over one step and add its noise, in place; `friction` and white `noise` add."""
        plain = friction is None and noise is None
        decay, spread = self._own if plain else self._of_step(friction, noise)
        v *= decay
        if self._noisy or noise is not None:
            self._rng.standard_normal(out=self._normal)
            self._normal *= spread
            v += self._normal

    def _of_step(self, friction: Any, noise: Any) -> tuple[Any, Any]:
        """Factor and spread of M dv = -(nu + friction) v dt + sqrt(2 kT nu + noise) dW, exact."""
        drag = self._nu if friction is None else self._nu + friction
        strength = self._strength if noise is None else self._strength + noise
        rate, h = np.asarray(drag) / self._mass, self._h
        lost = np.expm1(-rate * h)
        with np.errstate(divide="ignore", invalid="ignore"):
            # 1 - exp(-2 rate h) = -lost (2 + lost)
            time = np.where(rate * h > 1e-12, -lost * (2 + lost) / (2 * rate), h)
        return 1 + lost, np.sqrt(strength * time) / self._mass * self._scale


class QuantumBath(ClassicalBath):
    """Zero-point and thermal noise of a bath of oscillators, with Ohmic damping.

    Its spectrum nu w coth(w/2kT) is that of a sum of autoregressive processes of first order that
    share one normal number a step (`shaping`), at w = (2/h) sin(theta/2), to which the position of
    an oscillator answers as in continuous time; so the noise ends at 2/h.
    """

    def __init__(self, M: float, nu: float, kT: float, n: int, rng: np.random.Generator) -> None:
        super().__init__(M, nu, 0.0, n, rng)
        self._kT, self._shaped = kT, np.empty(n)
        self._poles = self._decays = np.empty(0)

    def start(self, h: float, scale: float) -> None:
        first = not len(self._poles)
        self._poles = frequencies(self._kT, h) if first else self._poles
        decay, self._weights, self._direct = shaping(self._kT, h, self._poles)
        if first:
            # stationary from the first step: the processes share their noise
            together = np.linalg.cholesky(1 / (1 - decay[:, None] * decay))
            self._states = together @ self._rng.standard_normal((len(decay), len(self._normal)))
        else:
            # another step, the same processes in time
            self._states *= np.sqrt((1 - self._decays**2) / (1 - decay[:, None] ** 2))
        super().start(h, scale)
        self._decays, self._unit = decay[:, None], self._of_step(None, 1.0)

    def act(self, v: Array, friction: Any = None, noise: Any = None) -> None:
        normal, shaped, states = self._normal, self._shaped, self._states
        decay, reach = self._unit if friction is None else self._of_step(friction, 1.0)
        self._rng.standard_normal(out=normal)
        states *= self._decays
        states += normal
        np.matmul(self._weights, states, out=shaped)
        normal *= self._direct
        shaped += normal
        shaped *= reach * np.sqrt(self._nu / self._h)
        v *= decay
        v += shaped
        if noise is not None:
            self._rng.standard_normal(out=normal)
            normal *= reach * np.sqrt(noise)
            v += normal


def frequencies(kT: float, h: float) -> Array:
    """Frequencies of the processes: from Matsubara's first, or far below any motion, to 4/h."""
    first, last = min(max(2 * np.pi * kT, 1e-5 / h), 1 / h), 4 / h
    return np.geomspace(first, last, 2 + int(np.log(last / first) / np.log(3.5)))


def shaping(kT: float, h: float, poles: Array) -> tuple[Array, Array, float]:
    """Filter that turns white noise into that of the bath: decays a, weights c, and d.

    Of normal numbers w_i it makes g_i = d w_i + sum_j c_j y_ij, y_ij = a_j y_(i-1)j + w_i, of the
    spectrum h w coth(w/2kT), w = (2/h) sin(theta/2). With s = (h w)^2 that is D prod_j (s + b_j)/
    (s + a_j'), fitted as 2 h kT + sum_j r_j s/(s + a_j') with a relative error below 1 %, and split
    into the filter and its mirror image in time.
    """
    decay = np.exp(-poles * h)
    ends = (1 - decay) ** 2 / decay
    floor = 2 * h * kT
    hw = np.geomspace(min(poles[0] * h * (1.0 if kT > 0 else 10.0), 1.0), 2.0, 400)
    wanted = hw / np.tanh(hw / floor) if kT > 0 else hw
    rows = hw[:, None] ** 2 / (hw[:, None] ** 2 + ends) / wanted[:, None]
    used, share = np.ones(len(ends), dtype=bool), np.full(len(ends), -1.0)
    while np.any(share < 0):  # again without the processes of negative weight, if any
        share = np.zeros(len(ends))
        share[used] = np.linalg.lstsq(rows[:, used], 1 - floor / wanted)[0]
        used &= share > 0
    # zeros of D - sum_j r_j a_j'/(s + a_j')
    total = floor + share.sum()
    root = np.sqrt(share * ends / total)
    begins = np.maximum(-np.linalg.eigvalsh(np.outer(root, root) - np.diag(ends)), 0.0)[::-1]
    zero = 1 / (1 + begins / 2 + np.sqrt(begins + begins**2 / 4))
    gain = np.sqrt(total * np.prod(decay / zero))
    direct = gain * np.prod(zero / decay)
    apart = 1 - decay / decay[:, None]
    np.fill_diagonal(apart, 1.0)
    weights = gain * np.prod(1 - zero / decay[:, None], axis=1) / np.prod(apart, axis=1)
    return decay, weights, float(direct)
