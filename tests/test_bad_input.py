"""Bad input to every public function: an error that names the argument and what is allowed."""

from __future__ import annotations

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
from cifcore.electrons.leads import Gapped, WideBand
from cifcore.electrons.tensors import electronic_tensors
from cifcore.force.table import tabulated
from cifcore.motion import basins
from cifcore.motion.drive import Segment
from cifcore.positions import escape
from cifcore.quantum.capped import threshold_mass_wkb
from cifcore.quantum.tunnelling import quantum_correction
from cifcore.units import Scales, adiabatic_ratio

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
FLAG = [0, 1, "yes", None, [], [True]]
NO_RESPONSE = [3, None, "r", DEVICE, LinearBias]
NO_SINGLE = [*NO_RESPONSE, FAMILY]
NO_DEVICE = [3, None, "2b", RESPONSE]
NO_DRIVE = [0.1, None, "x", [(0.1, 1.0)]]
NO_FUNCTION = [3, "x"]
KT = [*NUMBERS, -1.0, 1e-12]
ENERGY = [*NUMBERS, 2.0, -3.0]
START = ["1", None, NAN, [], [1.0, 2.0, 3.0], 1j]

# name, function, good arguments, what each of them refuses
TABLE: list[tuple[str, Callable[..., Any], dict[str, Any], dict[str, list[Any]]]] = []


def row(name: str, function: Callable[..., Any], good: dict[str, Any], **bad: list[Any]) -> None:
    TABLE.append((name, function, good, bad))


for one in (RESPONSE, LinearThermal(WARM), EXACT, FullThermal(WARM)):
    kind = type(one).__name__
    # force_and_current and force_and_slope serve inner loops and take arguments as they are
    for method in ("force", "current", "force_slope"):
        row(
            f"{kind}.{method}", getattr(one, method), dict(x=0.0, bias=0.1), x=NUMBERS, bias=NUMBERS
        )
    row(f"{kind}.transmission", one.transmission, dict(x=0.0), x=NUMBERS)
    row(kind, type(one), dict(device=DEVICE), device=NO_DEVICE)
row(
    "FullMixed",
    cifcore.FullMixed,
    dict(device=WARM, delta_T=0.5),
    device=NO_DEVICE,
    delta_T=[v for v in NUMBER if v is not None],
)
row(
    "equilibrium_force",
    cifcore.equilibrium_force,
    dict(device=DEVICE, x=0.0, kT=0.0),
    device=NO_DEVICE,
    x=NUMBERS,
    kT=[*NUMBERS, -1.0],
)
row(
    "electrons_bond",
    cifcore.electrons_bond,
    dict(device=DEVICE, kT=0.0, spins=1),
    device=NO_DEVICE,
    kT=[*NUMBER, -1.0],
    spins=[*COUNT, 3],
)
row(
    "FieldBias",
    cifcore.FieldBias,
    dict(device=DEVICE, drop=0.5, field=0.0, charging=0.0, most=1.0, spins=1),
    device=NO_DEVICE,
    drop=NUMBER,
    field=NUMBER,
    charging=[*NUMBER, -1.0],
    most=[v for v in NUMBER if v is not None] + [0.01],
    spins=[*COUNT, 3],
)
row(
    "Josephson",
    Josephson,
    dict(device=DEVICE, gap=0.01, kT=0.0),
    device=NO_DEVICE,
    gap=[*POSITIVE, 1e-320],
    kT=[*NUMBER, -1.0],
)
for one in (
    cifcore.FieldBias(DEVICE, field=1.0),
    cifcore.FullMixed(WARM, 0.5),
    Josephson(DEVICE, 0.01),
):
    for method in ("force", "current"):
        name = f"{type(one).__name__}.{method}"
        row(name, getattr(one, method), dict(x=0.0, bias=0.1), x=NUMBERS, bias=NUMBERS)
row("FieldBias.level", cifcore.FieldBias(DEVICE).level, dict(x=0.0, bias=0.1), x=[*NUMBERS, 1e9])
row("FullThermal.force", FullThermal(WARM).force, dict(x=0.0, bias=0.1), bias=[2.5, [-3.0]])

row(
    "Device",
    Device,
    dict(E_dot=0.1, gamma=0.1, b=1.0, a0=1.0, k=1.0),
    **{name: NUMBERS for name in ("E_dot", "lam", "mu0")},
    **{name: [*NUMBERS, -1.0] for name in ("b", "zeta", "kT0")},
    **{name: [*NUMBERS, -1.0, 0.0] for name in ("gamma", "a0", "k", "M")},
)
row("Device.couplings", DEVICE.couplings, dict(x=0.0), x=NUMBERS)
row("paper_device", paper_device, dict(figure="2b"), figure=[2, None, "10", []])

row(
    "equilibria",
    equilibria,
    dict(response=RESPONSE, bias=0.1),
    response=NO_RESPONSE,
    bias=[*NUMBERS, 1e30],
)
row("folds", folds, dict(response=RESPONSE, max_bias=0.1), response=NO_RESPONSE, max_bias=POSITIVE)
row("branch", branch, dict(response=RESPONSE, x=0.1), response=[*NO_RESPONSE, EXACT], x=NUMBERS)
row(
    "potential",
    potential,
    dict(response=RESPONSE, x=0.1, bias=0.1),
    response=NO_SINGLE,
    x=NUMBERS,
    bias=NUMBERS,
)
row("barriers", barriers, dict(response=RESPONSE, bias=0.1), response=NO_SINGLE, bias=NUMBER)
for function in (rectification, rest_position):
    row(
        function.__name__,
        function,
        dict(response=RESPONSE, bias=0.1),
        response=[*NO_RESPONSE, FullBias(FAMILY.device)],
        bias=[*NUMBERS, 1e30],
    )
row(
    "follow",
    follow,
    dict(response=RESPONSE, bias=[0.1]),
    response=NO_SINGLE,
    bias=[*NUMBERS, [[0.1]]],
    x0=NUMBER,
)

row(
    "simulate",
    simulate,
    dict(response=RESPONSE, drive=DRIVE, rtol=1e-6),
    response=NO_RESPONSE,
    drive=NO_DRIVE,
    x0=NUMBERS,
    v0=NUMBERS,
    scale=NUMBERS,
    times=[v for v in [*NUMBERS, -1.0, 1e9] if v is not None],
    load=[3, "x", pulses([(0.1, 5.0)])],
    friction=NO_FUNCTION,
    rtol=[*POSITIVE, 1.0, 1e-16],
    max_steps=COUNT,
)
row(
    "ehrenfest",
    cifcore.ehrenfest,
    dict(device=DEVICE, bias=0.2, duration=10.0, x0=0.0, v0=0.0, before=0.0, path=None, dt=1.0),
    device=[*NO_DEVICE, WARM, FAMILY.device],
    bias=[*NUMBER, 4.0],
    duration=POSITIVE,
    x0=[*NUMBER, 3.0],
    v0=NUMBER,
    before=[*NUMBER, -4.0],
    front=FLAG,
    path=NO_FUNCTION,
    dt=[v for v in POSITIVE if v is not None] + [1e-320],
)
row(
    "Motion.at",
    simulate(RESPONSE, DRIVE).at,
    dict(times=1.0),
    times=[*NUMBERS, -1.0, 1e3, np.zeros((2, 3))],
)
row(
    "langevin",
    langevin,
    dict(response=RESPONSE, drive=DRIVE, kT=1e-3, n=2, seed=1),
    response=NO_SINGLE,
    drive=NO_DRIVE,
    kT=[*NUMBER, -1.0],
    n=COUNT,
    seed=[None, "1", 1.5, -1, True],
    x0=START,
    v0=START,
    dt=["1", NAN, INF, 0.0, -1.0, 1e9, [1.0]],
    samples=[-1, 1.5, None, "1", True],
    max_steps=COUNT,
    edges=["1", [NAN], [1.0, 0.0], [[0.0, 1.0], [2.0, 3.0]], None],
    friction=NO_FUNCTION,
    noise=NO_FUNCTION,
)
row(
    "settle",
    basins.settle,
    dict(response=RESPONSE, bias=0.1, x0=0.0, v0=0.0, duration=10.0, dt=1.0),
    response=NO_RESPONSE,
    bias=NUMBERS,
    x0=NUMBERS,
    v0=NUMBERS,
    duration=["1", NAN, INF, 0.0, -1.0, 1e12],
    dt=["1", NAN, INF, 0.0, -1.0, [1.0]],
    friction=NO_FUNCTION,
)
row(
    "escape_rates",
    escape.escape_rates,
    dict(response=RESPONSE, bias=0.2, kT=0.01),
    response=NO_SINGLE,
    bias=NUMBER,
    kT=[*NUMBERS, 0.0, -1.0],
)
row(
    "round_trip_action",
    escape.round_trip_action,
    dict(response=RESPONSE, bias=0.2, x_stable=0.344, x_unstable=1.0),
    response=NO_SINGLE,
    bias=NUMBER,
    x_stable=NUMBER,
    x_unstable=[*NUMBER, 0.344],
)
row(
    "levels",
    levels,
    dict(response=RESPONSE, bias=0.2, M=1000.0, ceiling=0.01),
    response=NO_SINGLE,
    bias=NUMBER,
    M=[value for value in POSITIVE if value is not None] + [1e12],
    ceiling=[value for value in POSITIVE if value is not None],
)
for threshold in (threshold_mass, threshold_mass_wkb):
    row(
        threshold.__name__,
        threshold,
        dict(response=RESPONSE, bias=0.2, n=1),
        response=NO_SINGLE,
        bias=NUMBER,
        n=COUNT,
    )
row(
    "quantum_spread",
    quantum_spread,
    dict(device=DEVICE, kT=1e-3, cutoff=1.0),
    device=NO_DEVICE,
    kT=[*NUMBERS, -1.0],
    cutoff=["1", None, NAN, 1j, True, {}, 0.0, -1.0, *LOST],
)
row("crossover", crossover, dict(response=RESPONSE, bias=0.2), response=NO_SINGLE, bias=NUMBER)
row(
    "quantum_correction",
    quantum_correction,
    dict(response=RESPONSE, bias=0.2, kT=0.01),
    response=NO_SINGLE,
    bias=NUMBER,
    kT=[*NUMBERS, 0.0, -1.0],
)
row("depopulation", escape.depopulation, dict(loss=1.0), loss=[*NUMBERS, 0.0, -1.0])
row(
    "tabulated",
    tabulated,
    dict(response=RESPONSE, biases=[0.1], low=-1.0, high=1.0, tolerance=1e-3),
    response=NO_SINGLE,
    biases=NUMBERS,
    low=NUMBER,
    high=[*NUMBER, -1.0, -2.0],
    tolerance=[*POSITIVE, 2.0],
)

for function in (triangle, wave):
    row(
        function.__name__,
        function,
        dict(amplitude=0.1, period=1.0),
        amplitude=NUMBER,
        period=POSITIVE,
        cycles=COUNT,
    )
row(
    "ramp",
    ramp,
    dict(start=0.1, stop=1.0, duration=1.0),
    start=NUMBER,
    stop=NUMBER,
    duration=POSITIVE,
    smooth=FLAG,
)
BAD_PAIRS = [[3], [(1,)], [(1, 2, 3)], [("1", 1.0)], [(NAN, 1.0)], [(0.1, -1.0)], [(0.1, 0.0)]]
row(
    "pulses",
    pulses,
    dict(sequence=[(0.1, 1.0)]),
    sequence=[3, None, "ab", [], np.array(0.1), LENGTH, *BAD_PAIRS],
    cycles=COUNT,
)
row("Drive", Drive, dict(segments=DRIVE.segments), segments=[(), None, 3, [1], (1,)], cycles=COUNT)
row("Drive()", DRIVE, dict(t=0.1), t=NUMBERS)
row("Drive.repeat", DRIVE.repeat, dict(cycles=1), cycles=COUNT)
row("Drive.samples", DRIVE.samples, dict(per_segment=3), per_segment=[*COUNT, 1])
row(
    "Segment",
    Segment,
    dict(duration=1.0, start=0.0, stop=1.0),
    duration=POSITIVE,
    start=NUMBER,
    stop=NUMBER,
)

for function in (electronic_friction, electronic_noise):
    row(
        function.__name__,
        function,
        dict(device=DEVICE, x=0.0, eV=0.1, kT=0.01),
        device=NO_DEVICE,
        x=NUMBERS,
        eV=NUMBERS,
        kT=KT,
    )
row(
    "Junction",
    Junction,
    dict(hamiltonian=lambda x: np.eye(2)),
    hamiltonian=[3, None, np.eye(2)],
    gradient=NO_FUNCTION,
    left=["0", 0.5, None],
    right=["0", 0.5, None],
    mu0=[*NUMBER, 2.0],
    step=POSITIVE,
    batched=FLAG,
    S=[LENGTH, MASKED, [[1.0], [1.0, 2.0]], np.zeros((2, 2)), np.ones(3)],
)
row(
    "Junction.from_device",
    Junction.from_device,
    dict(device=DEVICE),
    device=[*NO_DEVICE, FAMILY.device],
)
for method in (
    "transmission",
    "lead_kernels",
    "lead_kernels_energy_derivative",
    "bias_kernel",
    "bias_kernel_energy_derivative",
    "green",
    "spectral",
    "spectral_slopes",
    "pair_kernels",
):
    row(
        f"Junction.{method}",
        getattr(JUNCTION, method),
        dict(x=0.0, energy=0.1),
        x=NUMBERS,
        energy=ENERGY,
    )
for method in ("matrix", "force_operator", "poles"):
    row(f"Junction.{method}", getattr(JUNCTION, method), dict(x=0.0), x=NUMBERS)
row(
    "Junction.density_matrix",
    JUNCTION.density_matrix,
    dict(x=0.0, bias=0.1, kT=0.01),
    x=NUMBERS,
    bias=NUMBERS,
    kT=[*NUMBER, -1.0, 1e-12],
)
for function in (
    chain.transmission,
    chain.lead_kernels,
    chain.pair_kernels,
    chain.bias_kernel,
    chain.bias_kernel_energy_derivative,
):
    row(
        f"chain.{function.__name__}",
        function,
        dict(device=DEVICE, x=0.0, energy=0.1),
        device=NO_DEVICE,
        x=NUMBERS,
        energy=ENERGY,
    )
row(
    "chain.inverse_coupling",
    chain.inverse_coupling,
    dict(device=DEVICE, x=0.0),
    device=NO_DEVICE,
    x=NUMBERS,
)
row("chain.self_energy", chain.self_energy, dict(energy=0.1), energy=ENERGY)
row("chain.width", chain.width, dict(energy=0.1), energy=ENERGY)
row("adiabatic_ratio", adiabatic_ratio, dict(device=DEVICE), device=NO_DEVICE)
row(
    "LinearJunction",
    cifcore.LinearJunction,
    dict(junction=JUNCTION, k=0.02, length=0.25, positions=np.linspace(-3, 3, 13)),
    junction=[3, None, DEVICE],
    k=POSITIVE,
    length=POSITIVE,
    positions=["1", None, NAN, 1j],
    M=POSITIVE,
    zeta=[*NUMBER, -1.0],
)
row(
    "Bond",
    cifcore.Bond,
    dict(energy=np.square, length=1.0),
    energy=[3, None],
    length=POSITIVE,
    slope=NO_FUNCTION,
    curvature=NO_FUNCTION,
)
row("Bond.spring", cifcore.Bond.spring, dict(k=1.0), k=NUMBER)
row("Bond.morse", cifcore.Bond.morse, dict(depth=1.0, rate=1.0), depth=POSITIVE, rate=POSITIVE)
row(
    "Bond.table",
    cifcore.Bond.table,
    dict(x=[0.0, 1.0, 2.0, 3.0], energy=np.zeros(4)),
    x=[*NUMBERS, 0.1, [0.0, 1.0, 1.0, 2.0], [0.0, 1.0]],
    energy=[*NUMBERS, 0.1, [0.0, 1.0]],
)
row(
    "Mechanics",
    cifcore.Mechanics,
    dict(k=0.02),
    k=[*NUMBERS, 0.0, -1.0],
    M=[*NUMBERS, 0.0, -1.0],
    zeta=[*NUMBERS, -1.0],
    bond=[3, "spring"],
)
row("least_bias", cifcore.least_bias, dict(device=DEVICE), device=NO_DEVICE)
row(
    "FullJunction",
    cifcore.FullJunction,
    dict(junction=JUNCTION, k=0.02, length=0.25, positions=np.linspace(-3, 3, 13), kT=0.0),
    junction=[3, None, DEVICE],
    kT=[*NUMBER, -1.0, 1e-12],
)
PAIR = Junction(lambda x: np.diag(x), leads=[(WideBand(0.5), 0), (WideBand(0.5), 1)], coordinates=2)
VECTOR = cifcore.VectorJunction(PAIR, k=1.0, kT=0.1)
PLACES = ["1", None, NAN, 1j, 0.0, [1.0, 2.0, 3.0]]
row(
    "Junction of coordinates",
    Junction,
    dict(hamiltonian=np.diag, coordinates=2),
    coordinates=[-1, 1.5, "2", None, True],
)
row(
    "Junction of leads",
    Junction,
    dict(hamiltonian=np.diag, leads=[(WideBand(), 0), (WideBand(), 1)], S=np.eye(2)),
    leads=[3, "ab", [(WideBand(), 0)], [(3, 0), (3, 1)]],
    S=[np.ones(2), np.array([[1.0, 2.0], [0.0, 1.0]]), -np.eye(2)],
)
for lead, fields in (
    (WideBand, ["width"]),
    (Gapped, ["coupling", "hopping"]),
):
    good = dict.fromkeys(fields, 0.5) | ({"gap": 0.5} if lead is Gapped else {})
    row(lead.__name__, lead, good, **dict.fromkeys(fields, POSITIVE))
row("Gapped levels", Gapped, dict(gap=0.1, level=0.1), gap=[*NUMBER, -1.0], level=NUMBER)
row(
    "electronic_tensors",
    electronic_tensors,
    dict(junction=PAIR, x=[0.0, 0.1], eV=0.1, kT=0.1),
    junction=[3, None, DEVICE],
    x=PLACES,
    operators=[3, np.eye(2), [[[0, 1], [0, 0]]]],
    eV=NUMBER,
    kT=[*NUMBER, -1.0, 1e-12],
)
row(
    "Junction.equilibrium_density",
    PAIR.equilibrium_density,
    dict(x=[0.0, 0.1], kT=0.1),
    x=PLACES,
    kT=[*NUMBER, -1.0, 1e-12],
)
row(
    "VectorJunction",
    cifcore.VectorJunction,
    dict(junction=PAIR, k=1.0, kT=0.1),
    junction=[3, None, DEVICE, JUNCTION],
    kT=[*NUMBER, -1.0, 1e-12],
    k=["1", None, NAN, 1j, 0.0, -1.0, [1.0, 2.0, 3.0], [[1.0, 2.0], [0.0, 1.0]]],
    M=["1", None, NAN, 1j, 0.0, -1.0, [1.0, 2.0, 3.0], [[1.0, 2.0], [2.0, 1.0]]],
    nu=["1", None, NAN, 1j, -1.0, [1.0, 2.0, 3.0]],
    length=POSITIVE,
)
for method in ("force", "current", "jacobian", "curl"):
    row(
        f"VectorJunction.{method}",
        getattr(VECTOR, method),
        dict(x=[0.0, 0.1], bias=0.1),
        x=PLACES,
        bias=NUMBERS,
    )
row(
    "VectorTable",
    cifcore.VectorTable,
    dict(response=VECTOR, bias=0.1, low=-0.01, high=0.01, tolerance=0.9),
    response=NO_RESPONSE,
    bias=NUMBER,
    low=["1", None, NAN, 1j],
    high=["1", None, NAN, 1j, -1.0],
    tolerance=["1", None, NAN, 1.0, 0.0],
)
row(
    "rest_points",
    cifcore.rest_points,
    dict(response=VECTOR, bias=0.1, near=[0.0, 0.0]),
    response=NO_RESPONSE,
    bias=NUMBER,
    near=["1", NAN, 1j, 0.0, [1.0, 2.0, 3.0]],
    friction=NO_FUNCTION,
)
row(
    "simulate of coordinates",
    simulate,
    dict(response=VECTOR, drive=pulses([(0.1, 1.0)])),
    drive=NO_DRIVE,
    x0=["1", None, NAN, 1j, [1.0, 2.0, 3.0]],
    v0=["1", None, NAN, 1j, [1.0, 2.0, 3.0]],
    scale=NUMBER,
    load=[3, pulses([(0.1, 1.0)])],
    times=[NAN, -1.0, 3.0],
    friction=NO_FUNCTION,
)
row(
    "langevin of coordinates",
    langevin,
    dict(response=VECTOR, drive=pulses([(0.1, 1.0)]), kT=0.1, n=2, seed=1),
    drive=NO_DRIVE,
    kT=[*NUMBER, -1.0],
    n=COUNT,
    x0=["1", None, NAN, 1j, [1.0, 2.0, 3.0]],
    v0=["1", None, NAN, 1j, [1.0, 2.0, 3.0]],
    dt=[v for v in POSITIVE if v is not None],
    edges=[[1.0]],
    bath=["quantum", 3],
)
row("bias_colour", bias_colour, dict(bias=0.1), bias=NUMBER)


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
    function(**good)  # the rest is good
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
    assert set(cifcore.__all__) - names == {"Response", "VectorResponse"}, (
        "a public name without a row"
    )
    kernels = {n for n, v in vars(chain).items() if callable(v) and v.__module__ == chain.__name__}
    functions = {n for n in kernels if n[0].islower() and n[0] != "_"}
    assert functions <= {name.removeprefix("chain.") for name, *_ in TABLE}


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
        "dt = 1e-09": lambda: cifcore.ehrenfest(DEVICE, 0.2, 1e9, dt=1e-9),
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
    from cifcore.force.table import tabulated
    from cifcore.motion.basins import settle

    with pytest.raises(ArithmeticError, match="force is not finite"):
        tabulated(Broken(), [0.1], -2, 2)
    with pytest.raises(ArithmeticError, match="not stay finite"):
        settle(Broken(), 0.1, 0.0, duration=5000.0)


def test_a_dot_that_flies_off_is_noticed() -> None:
    with pytest.raises(ArithmeticError, match="flies off"):
        cifcore.ehrenfest(DEVICE, 0.2, 10.0, v0=1e6)
