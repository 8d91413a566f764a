"""Bad input to every public function: an error that names the argument and what is allowed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cifcore
from cifcore import (
    Device,
    Drive,
    FullBias,
    FullThermal,
    Josephson,
    Junction,
    LinearBias,
    LinearThermal,
    barriers,
    branch,
    crossover,
    electronic_friction,
    electronic_noise,
    equilibria,
    folds,
    follow,
    langevin,
    levels,
    paper_device,
    potential,
    pulses,
    quantum_spread,
    ramp,
    rectification,
    rest_position,
    simulate,
    threshold_mass,
    triangle,
    wave,
)
from cifcore.book.figures import bias_colour
from cifcore.electrons import chain
from cifcore.electrons.friction import electronic_tensors
from cifcore.electrons.leads import Gapped, WideBand
from cifcore.force.table import Tabulated
from cifcore.motion import basins
from cifcore.motion.drive import Segment
from cifcore.positions import escape
from cifcore.quantum.capped import threshold_mass_wkb
from cifcore.quantum.tunnelling import quantum_correction
from cifcore.units import Scales

NAN, INF = float("nan"), float("inf")
DEVICE = paper_device("2b")
RESPONSE, EXACT = LinearBias(DEVICE), FullBias(DEVICE)
WARM = DEVICE.replace(kT0=0.01)
FAMILY = LinearBias(DEVICE.replace(lam=[0.0, 0.1]))
DRIVE = pulses([(0.1, 100.0)])
JUNCTION = Junction.from_device(DEVICE)

LENGTH = Scales("3.88 eV", "2.5 angstrom").length
MASKED = np.ma.array([0.1, 0.2], mask=[True, False])
LOST = [LENGTH, [1.0, LENGTH], MASKED, (np.ma.masked, 0.1)]  # a unit or a mask
NUMBERS = ["1", None, NAN, [0.0, INF], 1e101, 1j, [[1.0], [1.0, 2.0]], {}, True, *LOST]  # arrays
NUMBER = ["1", None, NAN, INF, -1e101, 1j, [1.0, 2.0], [[1.0], [1.0, 2.0]], [], True, {}, *LOST]
POSITIVE = [*NUMBER, 0.0, -1.0]
COUNT = [0, -1, 1.5, "2", None, NAN, True, 10**400]
POSITIVES = [*NUMBERS, 0.0, -1.0]
FLAG = [0, 1, "yes", None, [], [True]]
NO_RESPONSE = [3, None, "r", DEVICE, LinearBias]
NO_SINGLE = [*NO_RESPONSE, FAMILY]
NO_DEVICE = [3, None, "2b", RESPONSE]
NO_FUNCTION = [3, "x"]
START = ["1", None, NAN, [], [1.0, 2.0, 3.0], 1j]
STEP = ["1", NAN, INF, 0.0, -1.0, [1.0]]
COLD = [*NUMBER, -1.0, 1e-12]
PLACES = ["1", None, NAN, 1j, 0.0, [1.0, 2.0, 3.0]]  # of two coordinates

USUAL = {
    name: refused
    for names, refused in (
        ("x bias eV x0 v0 scale E_dot lam mu0 t times biases", NUMBERS),
        ("b zeta kT0", [*NUMBERS, -1.0]),
        ("gamma a0 k M loss", POSITIVES),
        ("amplitude start stop field drop low", NUMBER),
        ("period duration max_bias gap length step depth rate width coupling hopping", POSITIVE),
        ("cycles n max_steps", COUNT),
        ("friction noise gradient path slope curvature", NO_FUNCTION),
        ("smooth front batched", FLAG),
        ("left right", ["0", 0.5, None]),
        ("response", NO_RESPONSE),
        ("device", NO_DEVICE),
        ("drive", [0.1, None, "x", [(0.1, 1.0)]]),
        ("energy", [*NUMBERS, 2.0, -3.0]),
        ("kT", [*NUMBER, -1.0]),
        ("spins", [*COUNT, 3]),
        ("junction", [3, None, DEVICE]),
        ("positions", ["1", None, NAN, 1j]),
    )
    for name in names.split()
}
"""What an argument of this name refuses, unless its row says otherwise."""
TABLE: list[tuple[str, Callable[..., Any], dict[str, Any], dict[str, list[Any]]]] = []


def row(function: Callable[..., Any], good: dict[str, Any], *more: str, **bad: list[Any]) -> None:
    """A function with good arguments, names of more that it takes, and what these refuse."""
    usual = {name: USUAL[name] for name in (*good, *more) if name in USUAL}
    TABLE.append((function.__qualname__, function, good, usual | bad))


def given(values: list[Any]) -> list[Any]:
    """Where None says that nothing is given."""
    return [value for value in values if value is not None]


X, XV, XE = dict(x=0.0), dict(x=0.0, bias=0.1), dict(x=0.0, energy=0.1)
RV, DV = dict(response=RESPONSE, bias=0.2), dict(device=DEVICE)
ONE = dict(response=NO_SINGLE, bias=NUMBER)
for one in (RESPONSE, LinearThermal(WARM), EXACT, FullThermal(WARM)):
    # force_and_current and force_and_slope serve inner loops and take arguments as they are
    for method in (one.force, one.current, one.force_slope):
        row(method, XV)
    row(one.transmission, X)
    row(type(one), DV)
row(FullThermal(WARM).force, XV, bias=[2.5, [-3.0]])
FIELD = cifcore.FieldBias(DEVICE, field=1.0)
for one in (FIELD, cifcore.FullMixed(WARM, 0.5), Josephson(DEVICE, 0.01)):
    row(one.force, XV)
    row(one.current, XV)
row(FIELD.level, XV, x=[*NUMBERS, 1e9], bias=[])
row(cifcore.FullMixed, dict(device=WARM, delta_T=0.5), delta_T=given(NUMBER))
row(cifcore.equilibrium_force, dict(device=DEVICE, x=0.0, kT=0.0), kT=[*NUMBERS, -1.0])
row(cifcore.electrons_bond, dict(device=DEVICE, kT=0.0, spins=1))
row(
    cifcore.FieldBias,
    dict(device=DEVICE, drop=0.5, field=0.0, charging=0.0, most=1.0, spins=1),
    charging=[*NUMBER, -1.0],
    most=[*given(NUMBER), 0.01],
)
row(Josephson, dict(device=DEVICE, gap=0.01, kT=0.0), gap=[*POSITIVE, 1e-320])
row(Device, dict(E_dot=0.1, gamma=0.1, b=1.0, a0=1.0, k=1.0), "lam", "mu0", "zeta", "kT0", "M")
row(DEVICE.couplings, X)
row(paper_device, dict(figure="2b"), figure=[2, None, "10", []])

row(equilibria, RV, bias=[*NUMBERS, 1e30])
row(folds, dict(response=RESPONSE, max_bias=0.1))
row(branch, dict(response=RESPONSE, x=0.1), response=[*NO_RESPONSE, EXACT])
row(potential, dict(response=RESPONSE, x=0.1, bias=0.1), response=NO_SINGLE)
row(barriers, RV, **ONE)
for function in (rectification, rest_position):
    row(function, RV, response=[*NO_RESPONSE, FullBias(FAMILY.device)], bias=[*NUMBERS, 1e30])
follows = dict(response=NO_SINGLE, bias=[*NUMBERS, [[0.1]]], x0=NUMBER)
row(follow, dict(response=RESPONSE, bias=[0.1]), **follows)

row(
    simulate,
    dict(response=RESPONSE, drive=DRIVE, rtol=1e-6),
    *("x0", "v0", "scale", "friction", "max_steps"),
    times=given([*NUMBERS, -1.0, 1e9]),
    load=[3, "x", pulses([(0.1, 5.0)])],
    rtol=[*POSITIVE, 1.0, 1e-16],
)
row(
    cifcore.ehrenfest,
    dict(device=DEVICE, bias=0.2, duration=10.0, x0=0.0, v0=0.0, before=0.0, path=None, dt=1.0),
    "front",
    device=[*NO_DEVICE, WARM, FAMILY.device],
    bias=[*NUMBER, 4.0],
    x0=[*NUMBER, 3.0],
    v0=NUMBER,
    before=[*NUMBER, -4.0],
    dt=[*given(POSITIVE), 1e-320],
)
late = [*NUMBERS, -1.0, 1e3, np.zeros((2, 3))]
row(simulate(RESPONSE, DRIVE).at, dict(times=1.0), times=late)
row(
    langevin,
    dict(response=RESPONSE, drive=DRIVE, kT=1e-3, n=2, seed=1),
    *("friction", "noise"),
    response=NO_SINGLE,
    seed=[None, "1", 1.5, -1, True],
    x0=START,
    v0=START,
    dt=[*STEP, 1e9],
    samples=[-1, 1.5, None, "1", True],
    edges=["1", [NAN], [1.0, 0.0], [[0.0, 1.0], [2.0, 3.0]], None],
)
settled = dict(response=RESPONSE, bias=0.1, x0=0.0, v0=0.0, duration=10.0, dt=1.0)
row(basins.settle, settled, "friction", duration=["1", NAN, INF, 0.0, -1.0, 1e12], dt=STEP)
for function in (escape.escape_rates, quantum_correction):
    row(function, RV | dict(kT=0.01), **ONE, kT=POSITIVES)
heavy = dict(M=[*given(POSITIVE), 1e12], ceiling=given(POSITIVE))
row(levels, RV | dict(M=1000.0, ceiling=0.01), **ONE, **heavy)
for function in (threshold_mass, threshold_mass_wkb):
    row(function, RV | dict(n=1), **ONE)
bath = dict(kT=[*NUMBERS, -1.0], cutoff=["1", None, NAN, 1j, True, {}, 0.0, -1.0, *LOST])
row(quantum_spread, dict(device=DEVICE, kT=1e-3, cutoff=1.0), **bath)
row(crossover, RV, **ONE)
row(escape.depopulation, dict(loss=1.0))
table = dict(response=NO_SINGLE, high=[*NUMBER, -1.0, -2.0], tolerance=[*POSITIVE, 1.0])
row(
    Tabulated,
    dict(response=RESPONSE, biases=[0.1], low=-1.0, high=1.0, tolerance=1e-3),
    **table,
)

for function in (triangle, wave):
    row(function, dict(amplitude=0.1, period=1.0), "cycles")
row(ramp, dict(start=0.1, stop=1.0, duration=1.0), "smooth")
row(Segment, dict(start=0.1, stop=1.0, duration=1.0))
BAD_PAIRS = [[3], [(1,)], [(1, 2, 3)], [("1", 1.0)], [(NAN, 1.0)], [(0.1, -1.0)], [(0.1, 0.0)]]
NO_PAIRS = [3, None, "ab", [], np.array(0.1), LENGTH, *BAD_PAIRS]
row(pulses, dict(sequence=[(0.1, 1.0)]), "cycles", sequence=NO_PAIRS)
row(Drive, dict(segments=DRIVE.segments), "cycles", segments=[(), None, 3, [1], (1,)])
row(DRIVE.__call__, dict(t=0.1))
row(DRIVE.repeat, dict(cycles=1))
row(DRIVE.samples, dict(per_segment=3), per_segment=[*COUNT, 1])

for function in (electronic_friction, electronic_noise):
    row(function, dict(device=DEVICE, x=0.0, eV=0.1, kT=0.01), kT=[*NUMBERS, -1.0, 1e-12])
row(
    Junction,
    dict(hamiltonian=lambda x: np.eye(2)),
    *("gradient", "left", "right", "step", "batched"),
    hamiltonian=[3, None, np.eye(2)],
    mu0=[*NUMBER, 2.0],
    S=[LENGTH, MASKED, [[1.0], [1.0, 2.0]], np.zeros((2, 2)), np.ones(3)],
)
row(Junction.from_device, DV, device=[*NO_DEVICE, FAMILY.device])
KERNELS = ("lead_kernels", "bias_kernel", "bias_kernel_energy_derivative", "pair_kernels")
OWN = ("green", "spectral", "slopes")
for name in ("transmission", *KERNELS, *OWN):
    row(getattr(JUNCTION, name), XE)
for method in (JUNCTION.matrix, JUNCTION.force_operator):
    row(method, X)
for name in ("transmission", *KERNELS):
    row(getattr(chain, name), DV | XE)
row(chain.inverse_coupling, DV | X)
for function in (chain.self_energy, chain.width):
    row(function, dict(energy=0.1))
row(cifcore.least_bias, DV)
held = dict(junction=JUNCTION, k=0.02, length=0.25, positions=np.linspace(-3, 3, 13))
row(cifcore.LinearJunction, held, k=POSITIVE, M=POSITIVE, zeta=[*NUMBER, -1.0])
row(cifcore.FullJunction, held | dict(kT=0.0), k=POSITIVE, kT=COLD)
row(cifcore.Bond, dict(energy=np.square, length=1.0), "slope", "curvature", energy=[3, None])
row(cifcore.Bond.spring, dict(k=1.0), k=NUMBER)
row(cifcore.Bond.morse, dict(depth=1.0, rate=1.0))
row(cifcore.Mechanics, dict(k=0.02), "M", "zeta", bond=[3, "spring"])

PAIR = Junction(lambda x: np.diag(x), leads=[(WideBand(0.5), 0), (WideBand(0.5), 1)], coordinates=2)
VECTOR = cifcore.VectorJunction(PAIR, k=1.0, kT=0.1)
SHORT = pulses([(0.1, 1.0)])
HERE = dict(x=[0.0, 0.1])
many = dict(coordinates=[-1, 1.5, "2", None, True])
row(Junction, dict(hamiltonian=np.diag, coordinates=2), **many)
row(
    Junction,
    dict(hamiltonian=np.diag, leads=[(WideBand(), 0), (WideBand(), 1)], S=np.eye(2)),
    leads=[3, "ab", [(WideBand(), 0)], [(3, 0), (3, 1)]],
    S=[np.ones(2), np.array([[1.0, 2.0], [0.0, 1.0]]), -np.eye(2)],
)
row(WideBand, dict(width=0.5))
row(
    Gapped,
    dict(coupling=0.5, hopping=0.5, gap=0.5, level=0.1),
    gap=[*NUMBER, -1.0],
    level=NUMBER,
)
row(
    electronic_tensors,
    HERE | dict(junction=PAIR, eV=0.1, kT=0.1),
    x=PLACES,
    eV=NUMBER,
    kT=COLD,
)
row(
    cifcore.VectorJunction,
    dict(junction=PAIR, k=1.0, kT=0.1),
    "length",
    junction=[3, None, DEVICE, JUNCTION],
    kT=COLD,
    k=["1", None, NAN, 1j, 0.0, -1.0, [1.0, 2.0, 3.0], [[1.0, 2.0], [0.0, 1.0]]],
    M=["1", None, NAN, 1j, 0.0, -1.0, [1.0, 2.0, 3.0], [[1.0, 2.0], [2.0, 1.0]]],
    nu=["1", None, NAN, 1j, -1.0, [1.0, 2.0, 3.0]],
)
for method in (VECTOR.force, VECTOR.current, VECTOR.jacobian, VECTOR.curl):
    row(method, HERE | dict(bias=0.1), x=PLACES)
row(
    cifcore.VectorTable,
    dict(response=VECTOR, bias=0.1, low=-0.01, high=0.01, tolerance=0.9),
    bias=NUMBER,
    low=["1", None, NAN, 1j],
    high=["1", None, NAN, 1j, -1.0],
    tolerance=["1", None, NAN, 1.0, 0.0],
)
row(
    cifcore.rest_points,
    dict(response=VECTOR, bias=0.1, near=[0.0, 0.0]),
    "friction",
    bias=NUMBER,
    near=["1", NAN, 1j, 0.0, [1.0, 2.0, 3.0]],
)
BEGIN = dict.fromkeys(("x0", "v0"), ("1", None, NAN, 1j, [1.0, 2.0, 3.0]))
row(
    simulate,
    dict(response=VECTOR, drive=SHORT),
    "friction",
    **BEGIN,
    scale=NUMBER,
    load=[3, SHORT],
    times=[NAN, -1.0, 3.0],
)
row(
    langevin,
    dict(response=VECTOR, drive=SHORT, kT=0.1, n=2, seed=1),
    **BEGIN,
    dt=given(POSITIVE),
    edges=[[1.0]],
    bath=["quantum", 3],
)
row(bias_colour, dict(bias=0.1), bias=NUMBER)


CALLED: dict[int, Any] = {}


def cases() -> list[Any]:
    return [
        pytest.param(function, good, argument, values, id=f"{name}-{argument}")
        for name, function, good, bad in TABLE
        for argument, values in bad.items()
    ]


@pytest.mark.parametrize(("function", "good", "argument", "values"), cases())
def test_bad_values_are_refused_by_name(
    function: Callable[..., Any], good: dict[str, Any], argument: str, values: list[Any]
) -> None:
    if id(good) not in CALLED:
        CALLED[id(good)] = function(**good)  # the rest is good
    for value in values:
        with pytest.raises((TypeError, ValueError)) as refusal:
            function(**{**good, argument: value})
        text = str(refusal.value)
        assert re.search(rf"\b{argument}\b", text), f"{value!r}: {text}"
        assert "must" in text, f"{value!r}: {text}"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ("1", TypeError, "x = '1': must be a real number or an array of real numbers"),
        (NAN, ValueError, "x = nan: must be finite, without NaN or infinity"),
        ([[1.0], [1.0, 2.0]], ValueError, "must be a number or a regular array of numbers"),
    ],
)
def test_the_message_holds_the_value_and_what_is_allowed(
    value: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        RESPONSE.force(value, 0.1)


TWO, THREE = np.zeros(2), np.full(3, 0.1)
MISFITS: dict[str, Callable[[], Any]] = {
    "force": lambda: RESPONSE.force(TWO, THREE),
    "current": lambda: RESPONSE.current(TWO, THREE),
    "force_slope": lambda: RESPONSE.force_slope(TWO, THREE),
    "thermal force": lambda: LinearThermal(WARM).force(TWO, THREE),
    "exact force": lambda: EXACT.force(TWO, THREE),
    "exact current": lambda: EXACT.current(TWO, THREE),
    "family": lambda: FAMILY.force(THREE, 0.1),
    "transmission": lambda: chain.transmission(DEVICE, TWO, THREE),
    "slope": lambda: chain.bias_kernel_energy_derivative(DEVICE, TWO, THREE),
    "equilibria": lambda: equilibria(FAMILY, THREE),
    "branch": lambda: branch(FAMILY, THREE),
    "potential": lambda: potential(RESPONSE, TWO, THREE),
    "rest_position": lambda: rest_position(FAMILY, THREE),
    "rectification": lambda: rectification(FAMILY, THREE),
    "friction": lambda: electronic_friction(DEVICE, TWO, THREE),
    "equilibrium_force": lambda: cifcore.equilibrium_force(DEVICE, TWO, THREE),
    "settle": lambda: basins.settle(RESPONSE, THREE, TWO, duration=10.0),
    "device": lambda: DEVICE.replace(lam=TWO, mu0=THREE),
}


@pytest.mark.parametrize("call", MISFITS.values(), ids=MISFITS.keys())
def test_shapes_that_do_not_fit_are_named(call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match="broadcast against each other") as refusal:
        call()
    assert "(2,)" in str(refusal.value) and "(3,)" in str(refusal.value)


EMPTY: list[Callable[[Any], Any]] = [
    lambda none: RESPONSE.force(none, 0.1),
    lambda none: RESPONSE.current(0.0, none),
    lambda none: EXACT.force(none, 0.1),
    lambda none: EXACT.current(none, 0.1),
    lambda none: chain.transmission(DEVICE, none, 0.1),
    lambda none: branch(RESPONSE, none),
    lambda none: potential(RESPONSE, none, 0.1),
    lambda none: potential(RESPONSE, 0.1, none),
    lambda none: rest_position(RESPONSE, none),
    lambda none: rest_position(EXACT, none),
    lambda none: rectification(RESPONSE, none),
    lambda none: follow(RESPONSE, none),
    lambda none: electronic_friction(DEVICE, none),
    lambda none: JUNCTION.transmission(none, 0.1),
    lambda none: DRIVE(none),
    lambda none: simulate(RESPONSE, DRIVE).at(none).x,
    lambda none: equilibria(RESPONSE, none).count,
    lambda none: equilibria(EXACT, none).count,
    lambda none: basins.settle(RESPONSE, 0.1, none, duration=10.0).x,
    lambda none: basins.settle(RESPONSE, 0.1, 0.0, duration=none).x,
    lambda none: simulate(FAMILY, DRIVE, times=none).x[0],
]


@pytest.mark.parametrize("call", EMPTY)
def test_nothing_in_nothing_out(call: Callable[[Any], Any]) -> None:
    assert np.shape(call([])) == (0,)


def test_the_table_is_complete() -> None:
    names = {name.split(".")[0] for name, *_ in TABLE}
    assert set(cifcore.__all__) - names <= {"Response"}, "a public name without a row"
    functions = {f.__name__ for f in vars(chain).values() if inspect.isfunction(f)}
    assert {
        n for n in functions if vars(chain)[n].__module__ == chain.__name__ and n[0] != "_"
    } <= names


def test_units_and_masks_are_not_lost_in_silence() -> None:
    for value in (LENGTH, [LENGTH, LENGTH]):
        with pytest.raises(TypeError, match=r"x = .*Scales"):
            LinearBias(DEVICE).force(value, 0.1)
    masked = np.ma.array([0.0, 1.0], mask=[True, False])
    with pytest.raises(TypeError, match=r"(?s)x = .*filled"):
        LinearBias(DEVICE).force(masked, 0.1)
    with pytest.raises(TypeError, match=r"(?s)lam = .*filled"):
        cifcore.Device(-0.2, 0.1, 8, 4, 0.02, lam=masked)


def test_sizes_beyond_the_memory_are_refused_at_once() -> None:
    much = {
        "cycles = 10{9}": lambda: triangle(0.1, 100.0, cycles=10**9),
        "cycles = 10{12}": lambda: DRIVE.repeat(10**12),
        "per_segment = 10{12}": lambda: DRIVE.samples(10**12),
        "n = 10{9}": lambda: langevin(RESPONSE, DRIVE, 1e-3, 10**9, 1),
        "samples = 10{12}": lambda: langevin(RESPONSE, DRIVE, 1e-3, 1, 1, samples=10**12),
    }
    for what, call in much.items():
        with pytest.raises(ValueError, match=rf"{what}.*: would take .* GB .*must take less"):
            call()


class Broken(cifcore.Response):
    """A force that is not a number beyond x = 1."""

    device = DEVICE

    def force(self, x: Any, bias: Any) -> Any:
        return np.where(np.asarray(x) > 1, np.nan, bias)

    def current(self, x: Any, bias: Any) -> Any:
        return 0.0 * np.asarray(x)


def test_a_force_that_is_not_a_number_is_noticed() -> None:
    from cifcore.force.table import Tabulated
    from cifcore.motion.basins import settle

    with pytest.raises(ArithmeticError, match="force is not finite"):
        Tabulated(Broken(), [0.1], -2, 2)
    with pytest.raises(ArithmeticError, match="not stay finite"):
        settle(Broken(), 0.1, 0.0, duration=5000.0)


def test_a_dot_that_flies_off_is_noticed() -> None:
    with pytest.raises(ArithmeticError, match="flies off"):
        cifcore.ehrenfest(DEVICE, 0.2, 10.0, v0=1e6)
