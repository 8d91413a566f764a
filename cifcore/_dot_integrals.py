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

from typing import Any, NamedTuple

import numpy as np

from ._band import fermi, fermi_slope
from .device import Array

_START = 10.0  # the antiderivative begins at mu + i _START * (2 pi kT)
_COUNTS = np.array(
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
_NEAR = 0.02  # closer than this to a double root, or to S = 1, go round in the complex plane
_CIRCLE = np.exp(2j * np.pi * (np.arange(16) + 0.5) / 16)
_EDGE = np.nextafter(2.0, 0.0)


class Lead(NamedTuple):
    """The distribution of a lead: chemical potential and temperature."""

    mu: Any
    kT: Any


class Integrals(NamedTuple):
    """Integrals over the band, weighted with the difference of two Fermi functions.

    `sigma_g` of Im(Sigma G), `g` of Im G, and the derivatives of both with respect to S.
    """

    sigma_g: Any
    g: Any
    sigma_g_slope: Any = 0.0
    g_slope: Any = 0.0


def difference(S: Array, E_dot: Any, lead: Lead, base: Lead, slopes: bool = False) -> Integrals:
    """Integrals over the band of (f_lead - f_base) Im(Sigma G) and (f_lead - f_base) Im G.

    All arguments broadcast; `slopes` asks for the derivatives with respect to S as well.
    `base.mu` must lie inside the band.
    """
    cold = not (np.any(lead.kT) or np.any(base.kT))
    # at zero temperature the window ends with the band
    mu = np.where(np.equal(lead.kT, 0), np.clip(lead.mu, -_EDGE, _EDGE), lead.mu)
    step = 2 * np.pi * np.asarray(lead.kT, float), 2 * np.pi * np.asarray(base.kT, float)
    a, b = mu + 1j * _START * step[0], base.mu + 1j * _START * step[1]
    za, zb, _ = _sigma_pair(a, b)
    found = _between(S, E_dot, a, b, za, zb, slopes)
    if not cold:
        found = _matsubara(found, S, E_dot, (mu, step[0]), (base.mu, step[1]), slopes)
    parts = [np.imag(part) for part in found]
    if not cold:
        for part, bound in zip(
            parts, _bound_states(S, E_dot, Lead(mu, lead.kT), base, slopes), strict=True
        ):
            part += np.pi * bound
    return Integrals(*parts)


def transmitted(S: Array, E_dot: Any, mu: Any, base: Any) -> Any:
    """Integral of Gamma^2/|D|^2 from `base` to `mu`, where |D|^2 = 1/|G_dot|^2 (zero temperature).

    Times 4 gL^2 gR^2 it is that of the transmission (Eq. 20).
    """
    a, b = np.clip(mu, -_EDGE, _EDGE) + 0j, np.clip(base, -_EDGE, _EDGE) + 0j
    za, zb, _ = _sigma_pair(a, b)
    (found,) = _safe(_current_integral, S, E_dot, a, b, za, zb)
    return -np.real(found) / (2 * S)


# --- the complex plane ------------------------------------------------------------------


def _sigma(energy: Any) -> Any:
    """Sigma above the real axis: the root of z + 1/z = energy inside the unit circle."""
    energy = np.asarray(energy, complex)
    # sqrt(eps - 2) sqrt(eps + 2) is cut along the band only; 2/(...) does not cancel far away
    root = np.sqrt(energy - 2) * np.sqrt(energy + 2)
    return 2 / (energy + root)


def _sigma_pair(a: Any, b: Any) -> tuple[Any, Any, Any]:
    """Sigma at a and b, and the difference of the two without cancellation."""
    za, zb = _sigma(a), _sigma(b)
    return za, zb, zb * (a - b) / (zb - 1 / za)


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


def _poles(S: Any, E_dot: Any, a: Any, b: Any, za: Any, zb: Any) -> tuple[_Pole, _Pole]:
    delta = np.sqrt(np.square(E_dot) - 4 * (1 - S) + 0j)
    # the larger root without cancellation, the smaller one from the product
    w1 = (E_dot + np.where((E_dot * np.conj(delta)).real < 0, -delta, delta)) / 2
    w2 = (1 - S) / w1
    a1, a2, b1, b2 = 1 - w1 * za, 1 - w2 * za, 1 - w1 * zb, 1 - w2 * zb
    # near a resonance one factor is small: the other and D_dot give it without cancellation
    da, db = za * (a - E_dot - S * za), zb * (b - E_dot - S * zb)
    a1, a2 = _sharpened(a1, a2, da)
    b1, b2 = _sharpened(b1, b2, db)
    dz = zb * (a - b) / (zb - 1 / za)
    out = []
    for w, fa, fb in ((w1, a1, b1), (w2, a2, b2)):
        plain = -_log_ratio(fa, fb, -w * dz / fb) / w
        out.append(_Pole(w, plain, (plain - dz) / w, dz / (fa * fb)))
    return out[0], out[1]


def _sharpened(one: Any, other: Any, product: Any) -> tuple[Any, Any]:
    first = np.abs(one) < np.abs(other)
    return np.where(first, product / other, one), np.where(first, other, product / one)


def _green_integrals(
    S: Any, E_dot: Any, a: Any, b: Any, za: Any, zb: Any, slopes: bool
) -> tuple[Any, ...]:
    """Integrals of Sigma G and G from b to a (complex), and their derivatives in S.

    With (z^2 - 1)/Q dz and (z - 1/z)/Q dz for the integrands, and Q in partial fractions.
    """
    p, q = _poles(S, E_dot, a, b, za, zb)
    gap = p.w - q.w

    def numerators(pole: _Pole) -> tuple[Any, Any]:
        return pole.first - pole.w * pole.plain, (1 - pole.w**2) * pole.plain

    (up, vp), (uq, vq) = numerators(p), numerators(q)
    dz = zb * (a - b) / (zb - 1 / za)
    u, v = (up - uq) / gap, (vp - vq) / gap - _log_ratio(za, zb, dz / zb)
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


def _current_integral(S: Any, E_dot: Any, a: Any, b: Any, za: Any, zb: Any) -> tuple[Any]:
    """Integral of (z - 1/z) G from b to a: (z^2 - 2 + 1/z^2)/Q dz."""
    p, q = _poles(S, E_dot, a, b, za, zb)
    dz = zb * (a - b) / (zb - 1 / za)

    def numerator(pole: _Pole) -> Any:
        return pole.first + (pole.w**3 - 2 * pole.w) * pole.plain

    fractions = (numerator(p) - numerator(q)) / (p.w - q.w)
    return (dz / (za * zb) + E_dot * _log_ratio(za, zb, dz / zb) + fractions,)


def _between(S: Any, E_dot: Any, a: Any, b: Any, za: Any, zb: Any, slopes: bool) -> tuple[Any, ...]:
    def integrals(*arguments: Any) -> tuple[Any, ...]:
        return _green_integrals(*arguments, slopes)

    return _safe(integrals, S, E_dot, a, b, za, zb)


def _safe(function: Any, S: Any, E_dot: Any, a: Any, b: Any, za: Any, zb: Any) -> tuple[Any, ...]:
    """`function`, and where its roots merge or one vanishes, the mean of it on a circle in S.

    There the integrals are analytic in S, and only their formula is not.
    """
    with np.errstate(all="ignore"):
        found = function(S, E_dot, a, b, za, zb)
    gap = np.sqrt(np.abs(np.square(E_dot) - 4 * (1 - S)))
    largest = np.maximum(np.abs(E_dot), gap)
    bad = (gap < _NEAR) | (np.abs(1 - S) < _NEAR * largest)
    bad = np.broadcast_to(bad, np.shape(found[0]))
    if not np.any(bad):
        return found
    s, e, a, b, za, zb = (
        np.broadcast_to(value, bad.shape)[bad][..., None] for value in (S, E_dot, a, b, za, zb)
    )
    # the singularities in S are where D_dot = 0 at one of the ends
    free = np.minimum(np.abs((a - e) / za - s), np.abs((b - e) / zb - s))
    around = s + np.minimum(0.15 * free, 0.1) * _CIRCLE
    # two steps keep each logarithm away from its cut when S is complex
    middle = (a + b) / 2
    zm = _sigma(middle)
    whole = [
        one + two
        for one, two in zip(
            function(around, e, a, middle, za, zm),
            function(around, e, middle, b, zm, zb),
            strict=True,
        )
    ]
    out = []
    for plain, mean in zip(found, whole, strict=True):
        fixed = np.array(plain)
        fixed[bad] = np.mean(mean, axis=-1)
        out.append(fixed)
    return tuple(out)


# --- finite temperature -------------------------------------------------------------------


def _matsubara(
    found: tuple[Any, ...],
    S: Any,
    E_dot: Any,
    lead: tuple[Any, Any],
    base: tuple[Any, Any],
    slopes: bool,
) -> tuple[Any, ...]:
    """Add -i sum_n c_n [step_a h(a_n) - step_b h(b_n)], h = Sigma G and G, to the integrals."""
    (mu_a, step_a), (mu_b, step_b) = lead, base
    total = [np.array(part) for part in found]
    for count, n in zip(_COUNTS, np.arange(len(_COUNTS)) + 0.5, strict=True):
        a, b = mu_a + 1j * n * step_a, mu_b + 1j * n * step_b
        za, zb, dz = _sigma_pair(a, b)
        da, db = (a - E_dot) - S * za, (b - E_dot) - S * zb
        ga, gb = 1 / da, 1 / db
        # step_a h(a) - step_b h(b) = step_a [h(a) - h(b)] + (step_a - step_b) h(b)
        one, two = -1j * count * step_a, -1j * count * (step_a - step_b)
        dg = (S * dz - (a - b)) * ga * gb
        dsg = dz * ga + zb * dg
        total[0] += one * dsg + two * (zb * gb)
        total[1] += one * dg + two * gb
        if slopes:
            # d(Sigma G)/dS = (Sigma G)^2 and dG/dS = Sigma G^2
            sga, sgb = za * ga, zb * gb
            total[2] += one * (dsg * (sga + sgb)) + two * sgb**2
            total[3] += one * (dsg * ga + sgb * dg) + two * (sgb * gb)
    return tuple(total)


def _bound_states(S: Any, E_dot: Any, lead: Lead, base: Lead, slopes: bool) -> tuple[Any, ...]:
    """Residues of Sigma G and G at the poles outside the band, times f_lead - f_base."""
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
        weight = np.where(bound, occupation_difference(energy, lead, base), 0.0)
        g = (w - 1 / w) / gap
        sg = g / w
        total[0] = total[0] + weight * sg
        total[1] = total[1] + weight * g
        if slopes:
            # dw/dS = 1/gap, dgap/dS = 2/gap
            moved = np.where(
                bound, _occupation_slope(energy, lead) - _occupation_slope(energy, base), 0.0
            )
            moved = moved * (1 - 1 / w**2) / gap
            dg = ((1 + 1 / w**2) / gap - 2 * g / gap) / gap
            dsg = dg / w - sg / (w * gap)
            total[2] = total[2] + weight * dsg + moved * sg
            total[3] = total[3] + weight * dg + moved * g
    return tuple(total)


def _reduced(energy: Any, lead: Lead) -> Any:
    """(energy - mu)/kT, infinite at zero temperature (and zero at the step)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.nan_to_num(
            np.divide(energy - lead.mu, lead.kT), nan=0.0, posinf=1e300, neginf=-1e300
        )


def occupation_difference(energy: Any, lead: Lead, base: Lead) -> Any:
    """f_lead - f_base without cancellation, at any temperatures, zero included."""
    u, v = _reduced(energy, lead), _reduced(energy, base)
    shift, same = np.subtract(lead.mu, base.mu), np.equal(lead.kT, base.kT)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gap = np.where(same & np.not_equal(lead.kT, 0), np.divide(shift, lead.kT), v - u)
    # f(u) - f(v) = f(u) f(-v) (1 - exp(u - v)), for u < v; and the other way round
    low, high = np.minimum(u, v), np.maximum(u, v)
    return np.sign(gap) * fermi(low) * fermi(-high) * -np.expm1(-np.abs(gap))


def _occupation_slope(energy: Any, lead: Lead) -> Any:
    """df/d(energy); zero at zero temperature, away from the step."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(-fermi_slope(_reduced(energy, lead)) / lead.kT, nan=0.0)
