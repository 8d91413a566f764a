"""Energy integrals of the dot's Green function against Fermi functions, in closed form.

The lead kernels of Eq. 9 are imaginary parts of functions without singularities above the real
axis, Sigma G_dot and G_dot. In the variable z = Sigma(eps), with eps = z + 1/z,

    G_dot = z/Q,   Q = 1 - E_dot z + (1 - S) z^2 = (1 - w1 z)(1 - w2 z),   S = gL^2 + gR^2,

so their antiderivatives are logarithms: that is the answer at zero temperature. At a finite
temperature, closing the contour above turns the integral into a sum over the Matsubara
energies mu + i pi kT (2n + 1). Fourteen of its terms, the last ones with weights other than
one, and the same antiderivative at mu + 20 i pi kT are the whole of it, to 1e-12 and
whatever the width of the resonance: the weights are those for which

    psi(1/2 + q) = ln(10 + q) - sum_n c_n/(n + 1/2 + q)      for every q with Re q >= 0,

the sum of a single pole, which is all that a function analytic above the axis is made of.
Poles outside the band (bound states) are taken off, so that the integrals are over the band.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from cifcore.device import Array
from cifcore.electrons.occupation import Change, occupation_change, occupation_slope

MATSUBARA_START = 10.0  # the antiderivative begins at mu + i MATSUBARA_START * (2 pi kT)
MATSUBARA_WEIGHTS = np.array(
    [
        1.0,
        1.0,
        1.0,
        0.99999995966723786,
        1.0000013582171037,
        0.99997978659548518,
        1.000183411036057,
        0.99879512974200909,
        1.0069210913318354,
        0.94253657375139315,
        0.05729489683121585,
        -0.0065747293636875361,
        0.00094158079900837565,
        -7.9058607633578123e-5,
    ]
)
_INDEX = np.arange(len(MATSUBARA_WEIGHTS)) + 0.5
_TINY, _ORIGIN = 1e-300, 1e-150
_ONE, _BOTH = 0.1, 0.35  # below these, one or both of the roots of Q are in the way of divisions
_TERMS = 20  # of series in the first, twice as many in the second


class Integrals(NamedTuple):
    """Integrals over the band, weighted with the difference of two Fermi functions.

    `sigma_g` of Im(Sigma G), `g` of Im G, and the derivatives of both with respect to S.
    """

    sigma_g: Any
    g: Any
    sigma_g_slope: Any = 0.0
    g_slope: Any = 0.0


def difference(S: Array, E_dot: Any, change: Change, slopes: bool = False) -> Integrals:
    """Integrals over the band of Im(Sigma G) and Im G, weighted with the change of occupation.

    All arguments broadcast; `slopes` asks for the derivatives with respect to S as well.
    `change.mu` must lie inside the band.
    """
    change = change.cut()
    ends = _ends(change, MATSUBARA_START)
    found = _green_integrals(S, E_dot, ends, slopes)
    if change.cold:
        return Integrals(*(np.imag(part) for part in found))
    found = _matsubara(found, S, E_dot, change, slopes)
    bound = _bound_states(S, E_dot, change, slopes)
    return Integrals(
        *(np.imag(part) + np.pi * state for part, state in zip(found, bound, strict=True))
    )


def filled(S: Array, E_dot: Any, mu: Any, kT: Any) -> tuple[Any, Any]:
    """Integrals over all energies, bound states included, of f Im(Sigma G) and of f Im G."""
    a = mu + 2j * np.pi * MATSUBARA_START * np.asarray(kT)
    # from eps = -infinity, where z = 1/eps = 0 (and Q = z (eps - E_dot - S z) = 1)
    ends = _Ends(a, -1 / _ORIGIN, _sigma(a), -_ORIGIN, a, _sigma(a))
    sigma_g, g = _green_integrals(S, E_dot, ends, slopes=False)
    step = 2 * np.pi * np.asarray(kT)
    for count, n in zip(MATSUBARA_WEIGHTS, _INDEX, strict=True):
        energy = mu + 1j * step * n
        z = _sigma(energy)
        term = 1j * count * step / (energy - E_dot - S * z)
        sigma_g, g = sigma_g - z * term, g - term
    return np.imag(sigma_g), np.imag(g)


def _sigma(energy: Any) -> Any:
    """Sigma above the real axis: the root of z + 1/z = energy inside the unit circle."""
    energy = np.asarray(energy, complex)
    # sqrt(eps - 2) sqrt(eps + 2) is cut along the band only; 2/(...) does not cancel far away
    root = np.sqrt(energy - 2) * np.sqrt(energy + 2)
    return 2 / (energy + root)


class _Ends(NamedTuple):
    """Two energies on or above the real axis, Sigma at both, and differences a - b, za - zb."""

    a: Any
    b: Any
    za: Any
    zb: Any
    ab: Any
    dz: Any


def _between(b: Any, ab: Any) -> _Ends:
    a = b + ab
    za, zb = _sigma(a), _sigma(b)
    return _Ends(a, b, za, zb, ab, zb * ab / (zb - 1 / za))


def _ends(change: Change, n: float) -> _Ends:
    """The energies mu + 2 pi i kT n of the two occupations."""
    unit = 2j * np.pi * n
    return _between(
        change.mu + unit * np.asarray(change.kT), change.d_mu + unit * np.asarray(change.d_kT)
    )


def _log_ratio(near: Any, far: Any, change: Any) -> Any:
    """ln(near/far), where near/far - 1 = change is known and may be small."""
    size = change.real**2 + change.imag**2
    small = size < 0.25
    ratio = near / far
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(
            small,
            0.5 * np.log1p(np.where(small, 2 * change.real + size, 0.0)),
            np.log(np.abs(ratio)),
        )
    angle = np.arctan2(
        np.where(small, change.imag, ratio.imag), np.where(small, 1 + change.real, ratio.real)
    )
    return log + 1j * angle


class _Quadratic(NamedTuple):
    """Q = (1 - w1 z)(1 - w2 z), abs(w1) >= abs(w2), and its factors at both ends.

    `plain` is the integral of 1/Q over z from zb to za and `far` that of 1/(1 - w2 z).
    """

    w1: Any
    w2: Any
    gap: Any  # w1 - w2
    a1: Any
    a2: Any
    b1: Any
    b2: Any
    plain: Any
    far: Any


def _quadratic(S: Any, E_dot: Any, ends: _Ends) -> _Quadratic:
    a, b, za, zb, _, dz = ends
    # the larger root without cancellation, the smaller one from the product
    delta = np.sqrt(_discriminant(S, E_dot) + 0j)
    gap = np.where((E_dot * np.conj(delta)).real < 0, -delta, delta)
    w1 = (E_dot + gap) / 2
    w2 = np.where(w1 == 0, 0, (1 - S) / w1)
    # near a resonance one factor is small: the other and D_dot give it without cancellation
    da, db = za * (a - E_dot - S * za), zb * (b - E_dot - S * zb)
    a1, a2 = _sharpened(1 - w1 * za, 1 - w2 * za, da)
    b1, b2 = _sharpened(1 - w1 * zb, 1 - w2 * zb, db)
    # of one logarithm for both roots, so that it does not matter how close they are
    up, down = a2 * b1, a1 * b2
    log = _log_ratio(up, down, gap * dz / down)
    # of complex roots each factor has a positive real part, so the angles of products are theirs,
    # and those of the two products may differ by more than pi
    if np.any(far_apart := (gap.imag != 0) & ((up.real < 0) | (down.real < 0))):
        turns = np.rint((np.angle(up) - np.angle(down) - log.imag) / (2 * np.pi))
        log = log + np.where(far_apart, 2j * np.pi * turns, 0)
    plain = np.where(gap == 0, dz / down, log / gap)
    far = np.where(w2 == 0, dz, -_log_ratio(a2, b2, -w2 * dz / b2) / w2)
    return _Quadratic(w1, w2, gap, a1, a2, b1, b2, plain, far)


def _discriminant(S: Any, E_dot: Any) -> Any:
    """E_dot^2 - 4 (1 - S), the square of the difference of the two roots of Q."""
    return (E_dot - 2) * (E_dot + 2) + 4 * S


def _sharpened(one: Any, other: Any, product: Any) -> tuple[Any, Any]:
    first = np.abs(one) < np.abs(other)
    one, other = np.where(first, product / other, one), np.where(first, other, product / one)
    # zero only for a pole right on the band edge, where the logarithm's factor vanishes too
    return np.where(one == 0, _TINY, one), np.where(other == 0, _TINY, other)


def _moments(ends: _Ends, count: int) -> Iterator[Any]:
    """Integrals of z^n over z from zb to za, n = 0, 1, ..., without cancellation."""
    power, total = np.ones_like(ends.dz), np.ones_like(ends.dz)
    for n in range(count):
        yield ends.dz * total / (n + 1)
        power = power * ends.zb
        total = total * ends.za + power


def _green_integrals(S: Any, E_dot: Any, ends: _Ends, slopes: bool) -> tuple[Any, ...]:
    """Integrals of Sigma G and G from b to a (complex), and their derivatives in S.

    With (z^2 - 1)/Q dz and (z - 1/z)/Q dz for the integrands. What they consist of has no
    singularity in S where the two roots of Q merge, nor where one of them vanishes; where both
    are small, 1/Q is a series in z.
    """
    with np.errstate(all="ignore"):
        q = _quadratic(S, E_dot, ends)
        found = _from_logarithms(S, E_dot, ends, q, slopes)
        return _mended(found, np.abs(q.w1) < _BOTH, _by_series, S, E_dot, *ends)


def _mended(
    found: tuple[Any, ...], small: Any, series: Callable[..., tuple[Any, ...]], *of: Any
) -> tuple[Any, ...]:
    """`found`, with what `series` gives of these arguments in place of it where `small`."""
    shape = np.broadcast_shapes(*(np.shape(part) for part in found))
    out = tuple(np.array(np.broadcast_to(part, shape)) for part in found)
    small = np.broadcast_to(small, shape)
    if np.any(small):
        new = series(*(np.broadcast_to(part, shape)[small] for part in of))
        for part, mended in zip(out, new, strict=False):
            part[small] = mended
    return out


def _from_logarithms(
    S: Any, E_dot: Any, ends: _Ends, q: _Quadratic, slopes: bool
) -> tuple[Any, ...]:
    _, _, za, zb, _, dz = ends
    w1, w2, plain, far = q.w1, q.w2, q.plain, q.far
    # integrals of z/(1 - w2 z), and of z/(1 - w2 z)^2 and z^2/(1 - w2 z)^2
    kin: tuple[Any, ...] = ((far - dz) / w2,)
    if slopes:
        square = dz / (q.a2 * q.b2)
        kin += (square - far) / w2, (square - 2 * far + dz) / w2**2
    kin = _mended(kin, np.abs(w2) < _ONE, _of_small_root, w2, *ends)
    inverse = 1 / w1
    leaning = plain * ((1 - w1) * (1 + w1) * inverse)
    u = (leaning - inverse * far - kin[0]) * inverse
    v = leaning - (inverse + w2) * far - _log_ratio(za, zb, dz / zb)
    if not slopes:
        return u, v
    _, tilted, curved = kin
    # integrals of z^n/Q^2: n = 1 and 2 are derivatives of `plain` in E_dot and in S, the others
    # follow from z = [1 - (1 - w1 z)]/w1
    both = q.a1 * q.a2, q.b1 * q.b2
    density = dz / (both[0] * both[1])
    middle = (both[0] + both[1] - (1 - S) * dz**2) / 2
    bend = _bend(_discriminant(S, E_dot), plain, density, middle, dz)
    one = (za + zb) / 2 * density + 2 * E_dot * bend
    two = za * zb * density + 4 * bend
    # of z^n/[(1 - w1 z)(1 - w2 z)^2], n = 0, 1, 2
    zeroth = plain + E_dot * one - (1 - S) * two - w1 * one
    next_ = (zeroth - square) / w1
    last = (next_ - tilted) / w1
    three = (two - last) / w1
    four = (three - (last - curved) / w1) / w1
    return u, v, four - two, three - one


def _of_small_root(w: Any, *ends: Any) -> tuple[Any, ...]:
    """The integrals with w2 of `_from_logarithms`, by the series in `w` where that is small."""
    _, first, *higher = _moments(_Ends(*ends), _TERMS + 2)
    sums, power, before = [0.0, 0.0, 0.0], np.ones_like(w), first
    for n, moment in enumerate(higher):
        sums[0] += power * before
        sums[1] += (n + 1) * power * before
        sums[2] += (n + 1) * power * moment
        power, before = power * w, moment
    return tuple(sums)


def _bend(square: Any, plain: Any, density: Any, middle: Any, dz: Any) -> Any:
    """d(plain)/d(square), square = (w1 - w2)^2, at a given value of `middle`.

    plain = y artanh(r)/r with y = dz/middle and r^2 = square y^2/4, if no pole is passed round.
    """

    def series(y: Any, r2: Any) -> tuple[Any]:
        total = np.zeros_like(r2)
        for n in range(_TERMS, 0, -1):
            total = total * r2 + n / (2 * n + 1)
        return (y**3 / 4 * total,)

    y = dz / middle
    r2 = square * y**2 / 4
    # a pole passed round adds a multiple of 2 pi i/(w1 - w2), which no series knows
    near = (np.abs(r2) < 0.1) & (np.abs(plain - y) <= np.abs(y))
    return _mended(((middle * density - plain) / (2 * square),), near, series, y, r2)[0]


def _by_series(S: Any, E_dot: Any, *ends: Any) -> tuple[Any, ...]:
    """The integrals with 1/Q = sum_n h_n z^n and 1/Q^2 = sum_n g_n z^n."""
    h, g, h_last, g_last = np.ones_like(S), np.ones_like(S), 0.0, 0.0
    of = _Ends(*ends)
    moments = list(_moments(of, 2 * _TERMS + 5))
    u, v, du, dv = 0.0, -_log_ratio(of.za, of.zb, of.dz / of.zb), 0.0, 0.0
    for n in range(2 * _TERMS):
        m = moments[n : n + 5]
        u = u + h * (m[2] - m[0])
        v = v + h * (m[1] - (moments[n - 1] if n else 0.0))
        du = du + g * (m[4] - m[2])
        dv = dv + g * (m[3] - m[1])
        h, h_last = E_dot * h - (1 - S) * h_last, h
        g, g_last = h + E_dot * g - (1 - S) * g_last, g
    return u, v, du, dv


def _matsubara(
    found: tuple[Any, ...], S: Any, E_dot: Any, change: Change, slopes: bool
) -> tuple[Any, ...]:
    """Add -i sum_n c_n [step_a h(a_n) - step_b h(b_n)], h = Sigma G and G, to the integrals."""
    d_step = 2 * np.pi * np.asarray(change.d_kT)
    step = 2 * np.pi * np.asarray(change.kT) + d_step
    total = [np.array(part) for part in found]
    for count, n in zip(MATSUBARA_WEIGHTS, _INDEX, strict=True):
        a, b, za, zb, ab, dz = _ends(change, n)
        ga, gb = _inverse(a - E_dot - S * za), _inverse(b - E_dot - S * zb)
        # step_a h(a) - step_b h(b) = step_a [h(a) - h(b)] + (step_a - step_b) h(b)
        one, two = -1j * count * step, -1j * count * d_step
        dg = (S * dz - ab) * ga * gb
        dsg = dz * ga + zb * dg
        total[0] += one * dsg + two * (zb * gb)
        total[1] += one * dg + two * gb
        if slopes:
            # d(Sigma G)/dS = (Sigma G)^2 and dG/dS = Sigma G^2
            sga, sgb = za * ga, zb * gb
            total[2] += one * (dsg * (sga + sgb)) + two * sgb**2
            total[3] += one * (dsg * ga + sgb * dg) + two * (sgb * gb)
    return tuple(total)


def _inverse(value: Any) -> Any:
    """1/value; where it vanishes a cold lead meets a pole, and counts for nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(value == 0, 0.0, 1 / value)


def _bound_states(S: Any, E_dot: Any, change: Change, slopes: bool) -> tuple[Any, ...]:
    """Residues of Sigma G and G at the poles outside the band, times the change of occupation."""
    square = np.asarray(_discriminant(S, E_dot))
    delta = np.sqrt(np.maximum(square, 0.0))
    total = [np.zeros(np.shape(square)) for _ in range(4 if slopes else 2)]
    for sign in (1.0, -1.0):
        gap = sign * delta
        w = (E_dot + gap) / 2
        bound = (square > 0) & (np.abs(w) > 1)
        if not np.any(bound):
            continue
        w, gap = np.where(bound, w, 2.0), np.where(bound, gap, 1.0)
        energy = w + 1 / w
        weight = np.where(bound, occupation_change(energy, change), 0.0)
        g = (w - 1 / w) / gap
        sg = g / w
        total[0] = total[0] + weight * sg
        total[1] = total[1] + weight * g
        if slopes:
            # dw/dS = 1/gap, dgap/dS = 2/gap
            moved = np.where(bound, occupation_slope(energy, change), 0.0)
            moved = moved * (1 - 1 / w**2) / gap
            dg = ((1 + 1 / w**2) / gap - 2 * g / gap) / gap
            dsg = dg / w - sg / (w * gap)
            total[2] = total[2] + weight * dsg + moved * sg
            total[3] = total[3] + weight * dg + moved * g
    return tuple(total)
