"""What the surroundings do to the velocities of an ensemble in one step: damping and noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from cifcore.device import Array


class ClassicalBath:
    """White noise, <xi(t) xi(t')> = 2 kT nu delta(t - t'), and the damping that belongs to it.

    Both act on the velocities of `n` members at fixed position, exactly, over the whole of a step.
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


class QuantumBath(ClassicalBath):
    """Zero-point and thermal noise of a bath of oscillators, with Ohmic damping.

    The spectrum of the force is nu w coth(w/2kT), drawn step by step as a sum of autoregressive
    processes of first order, which share one normal number a step (`shaping`). Frequencies of the
    steps are w = (2/h) sin(theta/2), for which the position of an oscillator answers as in
    continuous time; so the noise ends at 2/h.
    """

    def __init__(self, M: float, nu: float, kT: float, n: int, rng: np.random.Generator) -> None:
        super().__init__(M, nu, 0.0, n, rng)
        self._kT, self._shaped = kT, np.empty(n)
        self._poles = np.empty(0)
        self._states = np.empty((0, n))

    def start(self, h: float, scale: float) -> None:
        if not len(self._poles):
            self._poles = frequencies(self._kT, h)
            decay, _, _ = shaping(self._kT, h, self._poles)
            # stationary from the first step: the processes share their noise
            together = np.linalg.cholesky(1 / (1 - decay[:, None] * decay))
            self._states = together @ self._rng.standard_normal((len(decay), len(self._normal)))
            self._decays = decay[:, None]
        super().start(h, scale)
        decay, self._weights, self._direct = shaping(self._kT, h, self._poles)
        # another step, the same processes in time
        new = decay[:, None]
        self._states *= np.sqrt((1 - self._decays**2) / (1 - new**2))
        self._decays = new
        self._unit = self._of_step(0.0, 1.0)

    def act(self, v: Array, friction: Any = None, noise: Any = None) -> None:
        """As of the classical bath, with the noise of its own."""
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
    first = min(max(2 * np.pi * kT, 1e-5 / h), 1 / h)
    last = 4 / h
    return np.geomspace(first, last, 2 + int(np.log(last / first) / np.log(3.5)))


def shaping(kT: float, h: float, poles: Array) -> tuple[Array, Array, float]:
    """Filter that turns white noise into that of the bath: decays a, weights c, and d.

    Of normal numbers w_i it makes g_i = d w_i + sum_j c_j y_ij, y_ij = a_j y_(i-1)j + w_i, of
    the spectrum h w coth(w/2kT), w = (2/h) sin(theta/2). With s = (h w)^2 that is
    D prod_j (s + b_j)/(s + a_j'), fitted as 2 h kT + sum_j r_j s/(s + a_j') with a relative error
    below 1 %, and split into the filter and its mirror image in time.
    """
    decay = np.exp(-poles * h)
    ends = (1 - decay) ** 2 / decay
    floor = 2 * h * kT
    lowest = poles[0] * h * (1.0 if kT > 0 else 10.0)
    s = np.geomspace(min(lowest, 1.0), 2.0, 400) ** 2
    hw = np.sqrt(s)
    wanted = hw / np.tanh(hw / floor) if kT > 0 else hw
    rows = s[:, None] / (s[:, None] + ends) / wanted[:, None]
    used = np.ones(len(ends), dtype=bool)
    while True:  # without the processes of negative weight, if any
        some = np.linalg.lstsq(rows[:, used], 1 - floor / wanted)[0]
        if np.all(some > 0):
            break
        used[np.flatnonzero(used)[some <= 0]] = False
    share = np.zeros(len(ends))
    share[used] = some
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
