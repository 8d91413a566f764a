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

from __future__ import annotations

from collections.abc import Callable
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
_TINY = 1e-300
_NEAR = 0.02  # closer than this to a double root, or to S = 1, go round in the complex plane
_CIRCLE = np.exp(2j * np.pi * (np.arange(16) + 0.5) / 16)


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
    found = _safe(lambda S, E, ends: _green_integrals(S, E, ends, slopes), S, E_dot, ends)
    if change.cold:
        return Integrals(*(np.imag(part) for part in found))
    found = _matsubara(found, S, E_dot, change, slopes)
    bound = _bound_states(S, E_dot, change, slopes)
    return Integrals(
        *(np.imag(part) + np.pi * state for part, state in zip(found, bound, strict=True))
    )


def transmitted(S: Array, E_dot: Any, change: Change) -> Any:
    """Integral of Gamma^2/|D|^2 times the change of occupation; |D|^2 = 1/|G_dot|^2.

    Times 4 gL^2 gR^2 it is that of the transmission (Eq. 20). For changes of the chemical
    potential alone. At a finite temperature the change of occupation must be negligible
    outside the band, where Gamma G, unlike G, has an imaginary part.
    """
    change = change.cut()
    (found,) = _safe(_current_integral, S, E_dot, _ends(change, MATSUBARA_START))
    if not change.cold:
        step = 2 * np.pi * np.asarray(change.kT)
        for count, n in zip(MATSUBARA_WEIGHTS, _INDEX, strict=True):
            a, b, za, zb, ab, dz = _ends(change, n)
            ga, gb = 1 / (a - E_dot - S * za), 1 / (b - E_dot - S * zb)
            # (z - 1/z) G at a, less that at b
            dg = (S * dz - ab) * ga * gb
            at_a_less_at_b = dz * (1 + 1 / (za * zb)) * ga + (zb - 1 / zb) * dg
            found = found - 1j * count * step * at_a_less_at_b
    return -np.real(found) / (2 * S)


# --- the complex plane ------------------------------------------------------------------


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


class _Pole(NamedTuple):
    """Integrals over z from zb to za of 1/(1 - w z) and its kin, for one root w."""

    w: Any
    plain: Any  # of 1/(1 - w z)
    first: Any  # of z/(1 - w z)
    square: Any  # of 1/(1 - w z)^2


def _poles(S: Any, E_dot: Any, ends: _Ends) -> tuple[_Pole, _Pole]:
    delta = np.sqrt(np.square(E_dot) - 4 * (1 - S) + 0j)
    # the larger root without cancellation, the smaller one from the product
    w1 = (E_dot + np.where((E_dot * np.conj(delta)).real < 0, -delta, delta)) / 2
    w2 = (1 - S) / w1
    a, b, za, zb, _, dz = ends
    a1, a2, b1, b2 = 1 - w1 * za, 1 - w2 * za, 1 - w1 * zb, 1 - w2 * zb
    # near a resonance one factor is small: the other and D_dot give it without cancellation
    da, db = za * (a - E_dot - S * za), zb * (b - E_dot - S * zb)
    a1, a2 = _sharpened(a1, a2, da)
    b1, b2 = _sharpened(b1, b2, db)
    out = []
    for w, fa, fb in ((w1, a1, b1), (w2, a2, b2)):
        plain = -_log_ratio(fa, fb, -w * dz / fb) / w
        out.append(_Pole(w, plain, (plain - dz) / w, dz / (fa * fb)))
    return out[0], out[1]


def _sharpened(one: Any, other: Any, product: Any) -> tuple[Any, Any]:
    first = np.abs(one) < np.abs(other)
    one, other = np.where(first, product / other, one), np.where(first, other, product / one)
    # zero only for a pole right on the band edge, where the logarithm's factor vanishes too
    return np.where(one == 0, _TINY, one), np.where(other == 0, _TINY, other)


def _green_integrals(S: Any, E_dot: Any, ends: _Ends, slopes: bool) -> tuple[Any, ...]:
    """Integrals of Sigma G and G from b to a (complex), and their derivatives in S.

    With (z^2 - 1)/Q dz and (z - 1/z)/Q dz for the integrands, and Q in partial fractions.
    """
    p, q = _poles(S, E_dot, ends)
    gap = p.w - q.w

    def numerators(pole: _Pole) -> tuple[Any, Any]:
        return pole.first - pole.w * pole.plain, (1 - pole.w**2) * pole.plain

    (up, vp), (uq, vq) = numerators(p), numerators(q)
    dz = ends.dz
    u = (up - uq) / gap
    v = (vp - vq) / gap - _log_ratio(ends.za, ends.zb, dz / ends.zb)
    if not slopes:
        return u, v

    def derivatives(pole: _Pole) -> tuple[Any, Any]:
        first = (pole.square - 2 * pole.plain + dz) / pole.w**2
        plain = (pole.square - pole.plain) / pole.w
        return first - pole.square, (1 - pole.w**2) * plain - 2 * pole.w * pole.plain

    (dup, dvp), (duq, dvq) = derivatives(p), derivatives(q)
    # dw1/dS = 1/gap = -dw2/dS
    du = (dup + duq - 2 * (up - uq) / gap) / gap**2
    dv = (dvp + dvq - 2 * (vp - vq) / gap) / gap**2
    return u, v, du, dv


def _current_integral(S: Any, E_dot: Any, ends: _Ends) -> tuple[Any]:
    """Integral of (z - 1/z) G from b to a: (z^2 - 2 + 1/z^2)/Q dz."""
    p, q = _poles(S, E_dot, ends)
    _, _, za, zb, _, dz = ends

    def numerator(pole: _Pole) -> Any:
        return pole.first + (pole.w**3 - 2 * pole.w) * pole.plain

    fractions = (numerator(p) - numerator(q)) / (p.w - q.w)
    return (dz / (za * zb) + E_dot * _log_ratio(za, zb, dz / zb) + fractions,)


def _safe(
    function: Callable[..., tuple[Any, ...]], S: Any, E_dot: Any, ends: _Ends
) -> tuple[Any, ...]:
    """`function`, and where its roots merge or one vanishes, the mean of it on a circle in S.

    There the integrals are analytic in S, and only their formula is not.
    """
    with np.errstate(all="ignore"):
        found = function(S, E_dot, ends)
    gap = np.sqrt(np.abs(np.square(E_dot) - 4 * (1 - S)))
    bad = (gap < _NEAR) | (np.abs(1 - S) < _NEAR * np.maximum(np.abs(E_dot), gap))
    bad = np.broadcast_to(bad, np.shape(found[0]))
    if not np.any(bad):
        return found
    s, e, b, ab = (
        np.broadcast_to(value, bad.shape)[bad][..., None] for value in (S, E_dot, ends.b, ends.ab)
    )
    # two steps keep each logarithm away from its cut when S is complex
    first = _between(b, ab / 2)
    second = _between(first.a, ab / 2)
    # the singularities in S are where D_dot = 0 at one of the ends
    far, near = (second.a - e) / second.za, (b - e) / first.zb
    free = np.minimum(np.abs(far - s), np.abs(near - s))
    around = s + np.minimum(0.15 * free, 0.1) * _CIRCLE
    out = []
    for plain, one, two in zip(
        found, function(around, e, first), function(around, e, second), strict=True
    ):
        fixed = np.array(plain)
        fixed[bad] = np.mean(one + two, axis=-1)
        out.append(fixed)
    return tuple(out)


# --- finite temperature -------------------------------------------------------------------


def _matsubara(
    found: tuple[Any, ...], S: Any, E_dot: Any, change: Change, slopes: bool
) -> tuple[Any, ...]:
    """Add -i sum_n c_n [step_a h(a_n) - step_b h(b_n)], h = Sigma G and G, to the integrals."""
    d_step = 2 * np.pi * np.asarray(change.d_kT)
    step = 2 * np.pi * np.asarray(change.kT) + d_step
    total = [np.array(part) for part in found]
    for count, n in zip(MATSUBARA_WEIGHTS, _INDEX, strict=True):
        a, b, za, zb, ab, dz = _ends(change, n)
        ga, gb = 1 / (a - E_dot - S * za), 1 / (b - E_dot - S * zb)
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


def _bound_states(S: Any, E_dot: Any, change: Change, slopes: bool) -> tuple[Any, ...]:
    """Residues of Sigma G and G at the poles outside the band, times the change of occupation."""
    square = np.square(E_dot) - 4 * (1 - S)
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
