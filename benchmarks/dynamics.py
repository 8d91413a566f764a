"""A hysteresis cycle against scipy and diffrax; Langevin ensembles against everybody."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.timing import Case, Contender
from cifcore import LinearBias, langevin, paper_device, pulses, simulate, triangle

# --- one cycle of Fig. 6 -------------------------------------------------------------------------

CYCLE = paper_device("6")
PERIOD, AMPLITUDE = 1e6, 0.2
GOAL = 1e-6
SEGMENTS = (
    (PERIOD / 4, 0.0, 4 * AMPLITUDE / PERIOD),
    (PERIOD / 2, AMPLITUDE, -4 * AMPLITUDE / PERIOD),
    (PERIOD / 4, -AMPLITUDE, 4 * AMPLITUDE / PERIOD),
)


def our_cycle(rtol: float) -> Any:
    motion = simulate(LinearBias(CYCLE), triangle(AMPLITUDE, PERIOD), rtol=rtol)
    return np.array([motion.charge[-1], motion.work[-1]])


_LIMIT = our_cycle(1e-13)


def cycle_error(name: str, outcome: Any) -> float:
    return float(np.max(np.abs(outcome / _LIMIT - 1)))


def _constants() -> tuple[float, ...]:
    d = CYCLE
    root = d.gamma**2 * (1 - d.lam**2)
    return (
        2 * d.b / d.a0,
        2 * math.atanh(d.lam),
        2 * root,
        d.E_dot**2,
        -d.b / d.a0 * d.E_dot / math.pi,
        2 * root**2 / math.pi,
        d.k,
        d.nu,
        d.M,
    )


def scipy_cycle(method: str, rtol: float) -> Any:
    """Equation of motion in plain floats, with charge and work as two more components."""
    from scipy.integrate import solve_ivp

    rate, offset, S0, E2, front, through, k, nu, M = _constants()
    cosh = math.cosh

    def right(t: float, y: Any, start: float, slope: float) -> tuple[float, ...]:
        x, v = y[0], y[1]
        bias = start + slope * t
        S = S0 * cosh(rate * x - offset)
        q = bias / (E2 + S * S)
        force = front * q * S
        return v, (force - k * x - nu * v) / M, through * q, force * v

    y = np.zeros(4)
    scale = np.array([1.0, 5e-3, 30.0, 5e-3])
    for duration, start, slope in SEGMENTS:
        y = solve_ivp(
            right, (0, duration), y, method, rtol=rtol, atol=rtol * scale, args=(start, slope)
        ).y[:, -1]
    return y[2:]


def diffrax_cycle(solver: str) -> Callable[..., Any]:
    """Charge and work of a cycle, of 2 artanh(lam), the least S of the device, and a tolerance."""
    import diffrax
    import jax.numpy as jnp

    rate, _, _, E2, front, _, k, nu, M = _constants()
    scale = jnp.array([1.0, 5e-3, 30.0, 5e-3])

    def right(t: Any, y: Any, args: Any) -> Any:
        offset, S0, start, slope = args
        y = y * scale
        x, v = y[0], y[1]
        S = S0 * jnp.cosh(rate * x - offset)
        q = (start + slope * t) / (E2 + S * S)
        force = front * q * S
        pull = (force - k * x - nu * v) / M
        return jnp.stack([v, pull, S0**2 / (2 * np.pi) * q, force * v]) / scale

    def cycle(offset: Any, S0: Any, rtol: Any) -> Any:
        y = jnp.zeros(4)
        for duration, start, slope in SEGMENTS:
            y = diffrax.diffeqsolve(
                diffrax.ODETerm(right),
                getattr(diffrax, solver)(),
                0.0,
                duration,
                10.0,
                y,
                (offset, S0, start, slope),
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=rtol),
                saveat=diffrax.SaveAt(t1=True),
                max_steps=200_000,
            ).ys[0]
        return (y * scale)[2:]

    return cycle


@functools.cache
def _diffrax_cycle(solver: str, rtol: float) -> Callable[[], Any]:
    import jax

    _, offset, S0, *_ = _constants()
    run = jax.jit(diffrax_cycle(solver))
    return lambda: np.asarray(run(offset, S0, rtol))


def loosest(
    run: Callable[[float], Any], ladder: Any, error: Callable[[str, Any], float] = cycle_error
) -> float:
    """The loosest tolerance of the ladder from which on the error stays below the goal."""
    chosen = None
    for rtol in ladder:
        try:
            good = error("", run(rtol)) <= GOAL
        except OverflowError:  # so loose that the dot flies away
            good = False
        chosen = (chosen or rtol) if good else None
    if chosen is None:
        raise ArithmeticError("no tolerance of the ladder reaches the goal")
    return chosen


def cycle_case() -> Case:
    ladder = 10.0 ** -np.arange(4, 10.5, 0.5)

    def tuned(run: Callable[[float], Any]) -> Contender:
        rtol = loosest(run, ladder)
        return Contender(functools.partial(run, rtol), note=f"with rtol = {rtol:.1e}")

    peers = {
        f"scipy {method}": tuned(functools.partial(scipy_cycle, method))
        for method in ("DOP853", "LSODA")
    }
    for solver in ("Dopri8", "Kvaerno5"):
        peers[f"diffrax {solver}, jit"] = tuned(lambda rtol, s=solver: _diffrax_cycle(s, rtol)())
    return Case(
        name="One hysteresis cycle",
        work="Fig. 6 with period 1e6, charge and work included",
        accuracy="relative error of charge and work below 1e-6; each at its loosest tolerance",
        ours=tuned(our_cycle),
        peers=peers,
        goals=dict.fromkeys(peers, 1.0),
        goal_seconds=0.5,
        error=cycle_error,
        rounds=9,
    )


# --- the ensemble of Fig. 9(f) --------------------------------------------------------------------

NOISY = paper_device("9")
KT = 1e-3
THIRD = 2e5 / 9
STEPS = 635  # a third of a cycle at about a fortieth of the free period a step
BIASES = (0.3, -0.3, 0.0)
N = 12_000
CHARGE_UNIT = 2 * (NOISY.gamma**2 * (1 - NOISY.lam**2)) ** 2 / np.pi


def our_ensemble() -> Any:
    drive = pulses([(bias, THIRD) for bias in BIASES])
    run = langevin(LinearBias(NOISY), drive, KT, N, 5, dt=THIRD / STEPS)
    return run.charge_per_cycle[:, 0]


def only_noise() -> Any:
    rng, out = np.random.default_rng(5), np.empty(N)
    for _ in range(3 * STEPS):
        rng.standard_normal(out=out)


def _step_constants() -> tuple[float, ...]:
    d, h = NOISY, THIRD / STEPS
    decay = math.exp(-d.nu / d.M * h)
    spread = math.sqrt(KT / d.M * (1 - decay**2))
    S0 = 2 * d.gamma**2 * (1 - d.lam**2)
    front = -d.b / d.a0 * d.E_dot / math.pi
    return h, decay, spread, 2 * d.b / d.a0, S0, d.E_dot**2, front, d.k, d.M


@functools.cache
def _numba_ensemble() -> Callable[[int, int], Any]:
    import numba

    h, decay, spread, rate, S0, E2, front, k, M = _step_constants()
    b0, b1, b2 = BIASES

    @numba.njit(fastmath=True)
    def run(n: int, steps: int) -> Any:
        np.random.seed(5)  # noqa: NPY002 (what numba compiles)
        out = np.empty(n)
        for i in range(n):
            x = v = charge = 0.0
            for bias in (b0, b1, b2):
                S = S0 * math.cosh(rate * x)
                q = bias / (E2 + S * S)
                pull = front * q * S - k * x
                charge -= 0.5 * q
                for _ in range(steps):
                    charge += q
                    v += 0.5 * h / M * pull
                    x += 0.5 * h * v
                    v = decay * v + spread * np.random.standard_normal()  # noqa: NPY002
                    x += 0.5 * h * v
                    S = S0 * math.cosh(rate * x)
                    q = bias / (E2 + S * S)
                    pull = front * q * S - k * x
                    v += 0.5 * h / M * pull
                charge += 0.5 * q
            out[i] = charge * h
        return out

    return run


def numba_ensemble() -> Any:
    return CHARGE_UNIT * _numba_ensemble()(N, STEPS)


@functools.cache
def _jax_ensemble() -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    h, decay, spread, rate, S0, E2, front, k, M = _step_constants()

    def rest(x: Any, bias: Any) -> Any:
        S = S0 * jnp.cosh(rate * x)
        q = bias / (E2 + S * S)
        return front * q * S - k * x, q

    @jax.jit
    def run(key: Any) -> Any:
        x = v = charge = jnp.zeros(N)
        for bias, key_ in zip(BIASES, jax.random.split(key, 3), strict=True):
            pull, q = rest(x, bias)

            def step(state: Any, key: Any, bias: float = bias) -> Any:
                x, v, charge, pull = state
                v = v + 0.5 * h / M * pull
                x = x + 0.5 * h * v
                v = decay * v + spread * jax.random.normal(key, (N,))
                x = x + 0.5 * h * v
                pull, q = rest(x, bias)
                return (x, v + 0.5 * h / M * pull, charge + q, pull), None

            state = (x, v, charge + 0.5 * q, pull)
            (x, v, charge, _), _ = jax.lax.scan(step, state, jax.random.split(key_, STEPS))
            charge = charge - 0.5 * rest(x, bias)[1]
        return charge * h

    return lambda: CHARGE_UNIT * np.asarray(run(jax.random.key(5)))


@functools.cache
def _diffrax_ensemble(n: int) -> Callable[[], Any]:
    """Euler and Heun's method on the plain stochastic differential equation, same steps."""
    import diffrax
    import jax
    import jax.numpy as jnp

    h, _, _, rate, S0, E2, front, k, M = _step_constants()
    nu = NOISY.nu

    def drift(t: Any, y: Any, bias: Any) -> Any:
        S = S0 * jnp.cosh(rate * y[0])
        q = bias / (E2 + S * S)
        return jnp.stack([y[1], (front * q * S - k * y[0] - nu * y[1]) / M, q])

    kick = jnp.array([[0.0], [math.sqrt(2 * KT * nu) / M], [0.0]])

    def one(key: Any) -> Any:
        y = jnp.zeros(3)
        for bias, key_ in zip(BIASES, jax.random.split(key, 3), strict=True):
            noise = diffrax.UnsafeBrownianPath(shape=(1,), key=key_)
            terms = diffrax.MultiTerm(
                diffrax.ODETerm(drift), diffrax.ControlTerm(lambda t, y, args: kick, noise)
            )
            y = diffrax.diffeqsolve(
                terms,
                diffrax.EulerHeun(),
                0.0,
                THIRD,
                h,
                y,
                bias,
                saveat=diffrax.SaveAt(t1=True),
                max_steps=STEPS + 10,
                adjoint=diffrax.DirectAdjoint(),
            ).ys[0]
        return y[2]

    run = jax.jit(jax.vmap(one))
    return lambda: CHARGE_UNIT * np.asarray(run(jax.random.split(jax.random.key(5), n)))


def sdeint_ensemble(n: int) -> Any:
    """sdeint.itoSRI2 would be dearer still; Euler's method, one trajectory at a time."""
    import sdeint

    _h, _, _, rate, S0, E2, front, k, M = _step_constants()
    nu, kick = NOISY.nu, np.array([[0.0], [math.sqrt(2 * KT * NOISY.nu) / M], [0.0]])
    out = np.empty(n)
    times = np.linspace(0, THIRD, STEPS + 1)
    rng = np.random.default_rng(5)
    for i in range(n):
        y = np.zeros(3)
        for bias in BIASES:

            def drift(y: Any, t: float, bias: float = bias) -> Any:
                S = S0 * math.cosh(rate * y[0])
                q = bias / (E2 + S * S)
                return np.array([y[1], (front * q * S - k * y[0] - nu * y[1]) / M, q])

            y = sdeint.itoEuler(drift, lambda y, t: kick, y, times, generator=rng)[-1]
        out[i] = CHARGE_UNIT * y[2]
    return out


def torchsde_ensemble(n: int) -> Any:
    import torch
    import torchsde

    h, _, _, rate, S0, E2, front, k, M = _step_constants()
    nu, size = NOISY.nu, math.sqrt(2 * KT * NOISY.nu) / M
    torch.manual_seed(5)

    class Dot(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def __init__(self, bias: float) -> None:
            super().__init__()
            self.bias = bias

        def f(self, t: Any, y: Any) -> Any:
            x, v = y[:, 0], y[:, 1]
            S = S0 * torch.cosh(rate * x)
            q = self.bias / (E2 + S * S)
            return torch.stack([v, (front * q * S - k * x - nu * v) / M, q], dim=1)

        def g(self, t: Any, y: Any) -> Any:
            out = torch.zeros_like(y)
            out[:, 1] = size
            return out

    with torch.no_grad():
        y = torch.zeros(n, 3, dtype=torch.float64)
        for bias in BIASES:
            times = torch.tensor([0.0, THIRD], dtype=torch.float64)
            y = torchsde.sdeint(Dot(bias), y, times, dt=h, method="euler")[-1]
    return CHARGE_UNIT * y[:, 2].numpy()


def ensemble_case() -> Case:
    exact = our_ensemble()
    mean, spread = exact.mean(), exact.std()

    def error(name: str, outcome: Any) -> float:
        """Difference of mean charges, in standard errors."""
        if outcome is None:
            return math.nan
        both = math.hypot(spread / math.sqrt(len(exact)), outcome.std() / math.sqrt(len(outcome)))
        return float(abs(outcome.mean() - mean) / both)

    same = "the same integrator and step"
    euler = "Euler's method with the same step (its error in time is larger)"
    peers = {
        "numpy, drawing the noise alone": Contender(only_noise),
        "JAX, jit": Contender(_jax_ensemble(), note=same),
        "numba, njit": Contender(numba_ensemble, note=same),
        "diffrax, jit": Contender(
            _diffrax_ensemble(N // 4), 0.25, "Euler and Heun's method with the same step"
        ),
        "sdeint": Contender(functools.partial(sdeint_ensemble, 4), 4 / N, euler),
        "torchsde": Contender(functools.partial(torchsde_ensemble, N // 4), 0.25, euler),
    }
    goals = {**dict.fromkeys(peers, 1.0), "numpy, drawing the noise alone": 0.5}
    return Case(
        name="Langevin ensemble of Fig. 9(f)",
        work=f"{N} trajectories over one cycle, {3 * STEPS} steps each",
        accuracy="equal numbers of trajectories, hence equal statistical error; "
        "errors are differences of the mean charge in standard errors",
        ours=Contender(our_ensemble, note="BAOAB"),
        peers=peers,
        goals=goals,
        error=error,
    )


def cases() -> list[Case]:
    return [cycle_case(), ensemble_case()]
