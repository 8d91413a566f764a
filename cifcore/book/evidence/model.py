"""Numbers for the ledger: model."""

import numpy as np

from cifcore import Junction, LinearBias, LinearThermal, equilibria, equilibrium_force
from cifcore.book.evidence.curves import digits, peaks, scaled_positions, sign_changes
from cifcore.book.evidence.registry import Measured, answers
from cifcore.device import Device, paper_device
from cifcore.electrons import chain
from cifcore.force.equilibrium import electrons_bond
from cifcore.force.exact import FullBias, FullThermal
from cifcore.positions.escape import escape_rates
from cifcore.units import C60

_SEED = 20240


def _devices(count: int) -> Device:
    """Random devices at mu0 = E0 = 0, as different as the paper's and more; shape (count, 1)."""
    least, most = (-0.5, -2.0, 0.5, 2.0, -0.9), (0.5, -0.2, 9.0, 8.0, 0.9)
    drawn = np.random.default_rng(_SEED).uniform(least, most, (count, 5))
    E_dot, power, b, a0, lam = drawn.T[..., None]
    return Device(E_dot=E_dot, gamma=10**power, b=b, a0=a0, k=0.02, lam=lam)


def _one_by_one(count: int) -> list[Device]:
    """The same as single devices, for what takes no family."""
    parts = _devices(count).parameters
    rows = np.broadcast_arrays(*(np.ravel(value) for value in parts.values()))
    return [Device(**dict(zip(parts, row.tolist(), strict=True))) for row in np.transpose(rows)]


@answers("bias-force-analytic")
def bias_force_analytic(count: int = 40) -> Measured:
    """Digits to which Eq. 17 and the traces of Eq. 12 agree, of the largest force."""
    worst = 0.0
    for device in _one_by_one(count):
        x = scaled_positions(device, 4.0, 41)
        left, right = Junction.from_device(device).lead_kernels(x, 0.0)
        by_trace = (left - right) / (2 * np.pi)
        # Eq. 17 = B6 as printed
        total = np.sum(np.square(device.couplings(x)), axis=0)
        level = device.E_dot / (device.E_dot**2 + total**2)
        formula = -device.b / device.a0 / np.pi * level * total
        worst = max(worst, float(np.max(np.abs(formula - by_trace)) / np.max(np.abs(formula))))
    return digits(worst), {"devices": count}


@answers("coupling-identity")
def coupling_identity(count: int = 200) -> Measured:
    """Digits to which the two sides of Eq. B7 agree."""
    device = _devices(count)
    x = np.linspace(-1.5, 1.5, 61) * device.a0
    left, right = device.couplings(x)
    y = 2 * device.b * x / device.a0
    even, odd = (1 + device.lam**2) * np.cosh(y), 2 * device.lam * np.sinh(y)
    difference = np.abs(left**2 + right**2 - 2 * device.gamma**2 * (even - odd))
    # far out on the weak side the printed form subtracts nearly equal numbers
    size = 2 * device.gamma**2 * (np.abs(even) + np.abs(odd))
    return digits(float(np.max(difference / size))), {"devices": count}


@answers("force-sign")
def force_sign(count: int = 100) -> Measured:
    """Share of devices and positions at which the force at V > 0 has the sign of -E_dot."""
    device = _devices(count)
    force = LinearBias(device).force(scaled_positions(device, 6.0, 49), 0.1)
    right = np.sign(force) == -np.sign(device.E_dot)
    return float(np.mean(right)), {"devices": count}


@answers("force-scaling")
def force_scaling() -> float:
    """Digits to which F(s V, s b/a0) = s^2 F(V, b/a0) at fixed y, and F = 0 at E_dot = 0."""
    y, device = np.linspace(-6, 6, 49), _devices(100)
    stretched = device.replace(b=3 * device.b)
    force = LinearBias(device).force(y * device.a0 / (2 * device.b), 0.1)
    more = LinearBias(stretched).force(y * device.a0 / (2 * stretched.b), 0.3)
    none = LinearBias(device.replace(E_dot=0.0)).force(y, 0.1)
    size = np.max(np.abs(force), axis=-1, keepdims=True)
    off = np.maximum(np.abs(more - 9 * force) / 9, np.abs(none))
    return digits(float(np.max(off / size)))


@answers("sommerfeld")
def sommerfeld() -> float:
    """Order in h at which Eqs. 12 and 13 approach Eq. 9 when bias and temperature are O(h).

    The smaller of the two, at positions across the device of Fig. 4, from halving h three
    times: the orders so found are themselves extrapolated to h = 0 (Richardson).
    """
    device = paper_device("4")
    x = np.linspace(-1.5, 1.5, 7)
    orders = []
    for kinds in ((LinearBias, FullBias), (LinearThermal, FullThermal)):
        deviation = []
        for h in 0.01 / 2 ** np.arange(4):
            linear, exact = (kind(device.replace(kT0=h)).force(x, h) for kind in kinds)
            deviation.append(np.max(np.abs(exact - linear)) / np.max(np.abs(linear)))
        first, second, third = -np.diff(np.log2(deviation))
        # with p(h) = p + a h + b h^2
        orders.append(float((8 * third - 6 * second + first) / 3))
    return min(orders)


@answers("force-proportional-level")
def force_proportional_level() -> Measured:
    """Logarithmic slope of the bias force of Fig. 2(a) in E_dot, at the natural position."""
    device, x = paper_device("2a"), np.linspace(-2, 2, 401)
    levels = device.E_dot * 1.001, device.E_dot / 1.001
    up, down = (LinearBias(device.replace(E_dot=level)).force(x, 0.2) for level in levels)
    slope = np.log(up / down) / (2 * np.log(1.001))
    return float(slope[len(x) // 2]), {"end": float(slope[-1]), "reach": float(x[-1])}


@answers("force-out-of-equilibrium")
def force_out_of_equilibrium(count: int = 100) -> Measured:
    """Largest force of random devices at V = 0 and at delta T = 0."""
    x, warm = np.linspace(-3, 3, 61), _devices(count).replace(kT0=0.01)
    still = [np.max(np.abs(kind(warm).force(x, 0.0))) for kind in (LinearBias, LinearThermal)]
    return float(max(still)), {"devices": count}


@answers("self-energy")
def self_energy() -> float:
    """Digits to which Delta - i Gamma solves Eq. 16, decays, and has Gamma = gamma0 at E0."""
    energy = np.linspace(-1.999, 1.999, 401)
    sigma = chain.self_energy(energy)
    recursion = np.max(np.abs(sigma * (energy - sigma) - 1))
    middle = abs(chain.width(0.0) - 1)
    retarded = bool(np.all(sigma.imag < 0))
    return digits(float(max(recursion, middle))) if retarded else float("nan")


@answers("green-elements")
def green_elements(count: int = 40) -> Measured:
    """Digits to which B4, B5 and the vanishing cross terms agree with the inverse matrix."""
    worst = 0.0
    for device in _one_by_one(count):
        x = scaled_positions(device, 4.0, 17)
        left, right = device.couplings(x)
        green = Junction.from_device(device).green(x, 0.0)
        total = left**2 + right**2
        common = device.E_dot / (device.E_dot**2 + total**2)
        printed = {(0, 0): left * common, (2, 2): right * common, (0, 2): 0.0, (2, 0): 0.0}
        for (end, lead), value in printed.items():
            product = green[:, end, lead] * green[:, 1, lead].conj()
            # of the product itself, whose real part may be small beside the imaginary one
            off = np.max(np.abs(product.real - value)) / np.max(np.abs(product))
            worst = max(worst, float(off))
    return digits(worst), {"devices": count}


@answers("thermal-like-bias")
def thermal_like_bias(count: int = 200) -> Measured:
    """Share of random devices whose thermal force has as many peaks in x as that of a bias,
    and one sign as that has."""
    device = _devices(count)
    x = scaled_positions(device, reach=14.0, count=1401)
    thermal = np.asarray(chain.bias_kernel_energy_derivative(device, x, 0.0))
    electric = np.asarray(chain.bias_kernel(device, x, 0.0)) * -np.sign(device.E_dot)
    keeps = sign_changes(thermal) == 0
    alike = keeps & (peaks(np.abs(thermal)) == peaks(electric))
    return float(np.mean(alike)), {"one_sign": float(np.mean(keeps)), "devices": count}


@answers("bias-larger")
def bias_larger(count: int = 200, kT: float = 0.002) -> float:
    """Share of random devices in which a bias pushes harder than a temperature difference.

    The largest forces along x, at eV = kB T0 and at delta T = T0: the same energy.
    """
    warm = _devices(count).replace(kT0=kT)
    x = scaled_positions(warm, reach=14.0, count=701)
    electric = np.max(np.abs(LinearBias(warm).force(x, kT)), axis=-1)
    thermal = np.max(np.abs(LinearThermal(warm).force(x, 1.0)), axis=-1)
    return float(np.mean(thermal < electric))


@answers("kernel-like-transmission")
def kernel_like_transmission() -> Measured:
    """Size of the left lead's kernel at the peak of the transmission, over its largest size."""
    device = paper_device("3")
    half_width = float(chain.width(device.E_dot) / chain.inverse_coupling(device, 0.0))
    energy = device.E_dot + np.linspace(-6, 6, 4801) * half_width
    passing = chain.transmission(device, 0.0, energy)
    left, right = chain.lead_kernels(device, 0.0, energy)
    top, largest = int(np.argmax(passing)), int(np.argmax(left))
    values = {
        "peak": float(abs(energy[largest] - energy[top]) / half_width),
        "right": float(np.abs(right[top]) / np.max(np.abs(right))),
        "correlation": float(np.corrcoef(passing, left)[0, 1]),
    }
    return float(np.abs(left[top]) / np.max(np.abs(left))), values


@answers("two-peaks-in-energy")
def two_peaks_in_energy() -> Measured:
    """Peaks in energy of the size of the kernel's energy derivative, weakly coupled."""
    device = paper_device("3")
    half_width = float(chain.width(device.E_dot) / chain.inverse_coupling(device, 0.0))
    energy = device.E_dot + np.linspace(-12, 12, 4801) * half_width
    derivative = np.asarray(chain.bias_kernel_energy_derivative(device, 0.0, energy))
    side = float(-np.min(derivative) / np.max(derivative))
    in_x = peaks(LinearThermal(device).force(scaled_positions(device), 0.5))
    return float(peaks(np.abs(derivative))), {"side": side, "in_x": in_x}


@answers("transmission-reciprocal")
def transmission_reciprocal(count: int = 40) -> Measured:
    """Digits to which T_RL and T_LR of Eq. 20 agree, from the matrices."""
    draw = np.random.default_rng(_SEED)
    worst = 0.0
    for device in _one_by_one(count):
        x = scaled_positions(device, 4.0, 17)
        energy = draw.uniform(-1.9, 1.9)
        green = Junction.from_device(device).green(x, energy)
        there, back = (4 * (1 - energy**2 / 4) * np.abs(green[:, i, 2 - i]) ** 2 for i in (0, 2))
        worst = max(worst, float(np.max(np.abs(there - back)) / np.max(there)))
    return digits(worst), {"devices": count}


@answers("lattice-length")
def lattice_length(sites: int = 200) -> float:
    """hbar v_F/(2 gamma0 a) at E0, with the velocity from the levels of a ring."""
    hop = np.roll(np.eye(sites), 1, axis=1)
    levels = np.unique(np.linalg.eigvalsh(-(hop + hop.T)).round(9))
    middle = np.argsort(np.abs(levels))[:3]
    spacing = np.ptp(levels[middle]) / 2
    return float(spacing / (2 * np.pi / sites) / 2)


@answers("classical-position")
def classical_position() -> Measured:
    """Largest zero-point energy of a well over its lower barrier, in the bistable devices.

    hbar/2 times the frequency of small vibrations in the well, over the lowest way out.
    """
    shares = {}
    for figure, bias in (("8", 0.2), ("7", 0.1), ("9", 0.3)):
        response = LinearBias(paper_device(figure, zeta=0.1))  # no damping enters
        ways = escape_rates(response, bias, 1.0)  # and no temperature
        shares[f"fig_{figure}"] = max(way.omega_well / 2 / way.height for way in ways)
    worst = max(shares.values())
    return worst, {**shares, "fullerene": worst / float(np.sqrt(C60 / paper_device("9").M))}


@answers("spring-holds-feq")
def spring_holds_feq() -> Measured:
    """How far the electrons' equilibrium force is from a straight line, over the spring's.

    Both spins push. On the way between the rest positions at +-V, the largest distance from
    the best straight line over the largest force of the spring; the smallest of the figures.
    """
    bent, stiff = [], []
    for figure, bias in (("2b", 0.2), ("4", 0.05), ("6", 0.1), ("7", 0.1), ("9", 0.3)):
        device = paper_device(figure, zeta=0.1)  # no damping enters
        places = np.concatenate([equilibria(LinearBias(device), sign * bias).x for sign in (1, -1)])
        x = np.linspace(min(0.0, places.min()), max(0.0, places.max()), 101)
        force = 2 * np.asarray(equilibrium_force(device, x))
        line = np.polyval(np.polyfit(x, force, 1), x)
        bent.append(np.max(np.abs(force - line)) / (device.k * np.max(np.abs(x))))
        stiff.append(-electrons_bond(device, spins=2).k / device.k)
    return float(min(bent)), {"softest": min(stiff), "stiffest": max(stiff), "most": max(bent)}
