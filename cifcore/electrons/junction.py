"""Green functions by matrices: the paper's own route, for any local H(x) between two leads.

With nothing worked out by hand it checks the closed forms of `cifcore.electrons.chain`. Positions
and energies broadcast against each other; matrices stand on the last two axes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.bond import difference
from cifcore.device import Array, Device
from cifcore.electrons.leads import Foreign, HalfChain, Lead, Matrix, dagger, level_width

# temperatures that integrals over energy resolve
RESOLVED: _check.Rule = (lambda a: (a == 0) | (a >= 1e-10), "zero or at least 1e-10")


def _between(one: Matrix, sigma: Matrix, other: Matrix) -> Matrix:
    """One 2 Gamma other^+, on the sites of a lead."""
    return one @ level_width(sigma) @ dagger(other)


@dataclass(frozen=True, eq=False)
class Junction:
    """A local Hamiltonian H(x) between two half-chains, or any two leads.

    Parameters
    ----------
    hamiltonian : callable
        H(x): takes a position, returns a Hermitian (n, n) array, in gamma0.
    gradient, step : callable and float, optional
        dH/dx, likewise, in gamma0/a; also as `dH`. Without it a central difference of eighth order
        by `step`, in a: if H changes over the length l, to about (step/l)^8/630 relative to H/l.
    left, right : int
        The sites that the first site of each half-chain is coupled to, with hopping 1. A lead that
        is coupled otherwise makes its end site one of H's, as in Eq. 15.
    mu0 : float
        Fermi energy at equilibrium, in gamma0; between half-chains -2 < mu0 < 2.
    batched : bool
        True if the functions take positions of any shape and return ``(*x.shape, n, n)``.
    leads : sequence of two pairs (lead, orbitals), optional
        In place of the half-chains at `left` and `right`: anything with ``self_energy(energy)``,
        retarded, a number or a matrix over its orbitals (`cifcore.electrons.leads` has some), and
        if need be `band_edges`, energies where integrals break.
    S : array, shape (n, n), optional
        Overlap of the orbitals, the same at every x; without it they are orthonormal.
    coordinates : int
        0: x is a number. m > 0: x stands for m coordinates on the last axis of an array, the
        functions take one of shape (m,), and the gradient returns (m, n, n).

    Examples
    --------
    Two sites, the bond between them stretched by x:

    >>> import numpy as np
    >>> bond = lambda x: -0.5 * np.exp(-x)
    >>> molecule = Junction(lambda x: np.array([[0.1, bond(x)], [bond(x), -0.2]]))
    >>> round(float(molecule.transmission(0.0, 0.0)), 4)
    0.6162
    """

    hamiltonian: Callable[[Any], Any]
    gradient: Callable[[Any], Any] | None = None
    left: int = 0
    right: int = -1
    mu0: float = 0.0
    step: float = 0.01
    batched: bool = False
    leads: Sequence[tuple[Any, Any]] | None = None
    S: Any = None
    coordinates: int = 0
    dH: InitVar[Callable[[Any], Any] | None] = None
    _ends: list[tuple[Lead, Any]] = field(init=False, repr=False)  # the leads, and their sites

    def __post_init__(self, dH: Callable[[Any], Any] | None) -> None:
        put = partial(object.__setattr__, self)
        put("gradient", self.gradient if dH is None else dH)
        _check.function("hamiltonian", self.hamiltonian, "x")
        _check.function("gradient", self.gradient, "x", needed=False)
        _check.flag("batched", self.batched)
        for name in ("left", "right"):
            _check.whole(name, getattr(self, name), -(10**6))
        _check.whole("coordinates", self.coordinates, 0)
        rule = _check.IN_BAND if self.leads is None else ()
        put("mu0", _check.real("mu0", self.mu0, *rule))
        put("step", _check.real("step", self.step, *_check.POSITIVE))
        if self.S is not None:
            overlap = np.atleast_1d(_check.plain("S", self.S))
            good = overlap.shape == (len(overlap),) * 2 and np.allclose(overlap, dagger(overlap))
            if not good or np.min(np.linalg.eigvalsh(overlap)) <= 0:
                raise ValueError(
                    f"S of shape {overlap.shape}: must be a Hermitian and positive definite matrix"
                )
        chains = (HalfChain(), self.left), (HalfChain(), self.right)
        given: Any = chains if self.leads is None else self.leads
        try:
            pairs = [(lead, np.atleast_1d(at)) for lead, at in given]
        except (TypeError, ValueError) as error:
            raise TypeError(f"leads = {self.leads!r}: must be pairs (lead, orbitals)") from error
        if len(pairs) != 2:
            raise ValueError(f"leads: must be two, got {len(pairs)}")
        ends = []
        for lead, at in pairs:
            function = getattr(lead, "self_energy", None)
            _check.function(f"leads: self_energy of {lead!r}", function, "energy")
            if at.dtype.kind not in "iu" or at.ndim != 1 or not at.size:
                raise TypeError(f"leads: orbitals = {at!r}: must be integers")
            ends.append((lead if isinstance(lead, Lead) else Foreign(lead, at.size), at))
        put("_ends", ends)

    @property
    def band(self) -> tuple[float, float]:
        """The least and the largest energy: of half-chains the ends of their band."""
        return (-2.0, 2.0) if self.leads is None else (-np.inf, np.inf)

    @property
    def together(self) -> int:
        """How many positions share their energies: more where a self-energy may be dear."""
        return 16 if self.leads is None else 64

    @classmethod
    def from_device(cls, device: Device) -> Self:
        """The three sites of Eq. 15, with the couplings of Eq. 2 and the force operator B2."""
        _check.instance("device", device, Device, single=True)
        end, dot, other = np.eye(3)
        left, right = (np.outer(site, dot) + np.outer(dot, site) for site in (end, other))

        def bonds(x: Array) -> Matrix:
            at_left, at_right = (np.asarray(g)[..., None, None] for g in device.couplings(x))
            return np.stack([at_left * left, at_right * right])

        def hamiltonian(x: Array) -> Matrix:
            return device.E_dot * np.outer(dot, dot) - bonds(x).sum(axis=0)

        def gradient(x: Array) -> Matrix:
            return -device.b / device.a0 * np.diff(bonds(x), axis=0)[0]

        return cls(hamiltonian, gradient, mu0=device.mu0, batched=True)

    @classmethod
    def from_kwant(
        cls,
        system: Any,
        parameter: str | Sequence[str],
        *,
        params: Mapping[str, Any] | None = None,
        mu0: float = 0.0,
        step: float = 0.01,
    ) -> Self:
        """A finalized kwant system with two leads; its `parameter`, or several, are x.

        `params` are the values of its other parameters. dH/dx is a central difference.
        No lead may depend on x: let the scattering region end with a cell of each.
        """
        _check.having("system", system, "hamiltonian_submatrix", "a finalized kwant system")
        others = dict(params or {})
        names = [parameter] if isinstance(parameter, str) else list(parameter)
        if not names or set(names) & set(others) or not set(names) <= set(system.parameters):
            raise ValueError(
                f"parameter = {parameter!r}: must be among {sorted(system.parameters)}, "
                "and not among params"
            )

        def hamiltonian(x: Any) -> Matrix:
            at = dict(zip(names, np.atleast_1d(x).tolist(), strict=True))
            return system.hamiltonian_submatrix(params={**others, **at})

        values = {**others, **dict.fromkeys(names, 0.0)}
        _, norbs, _ = system.hamiltonian_submatrix(params=values, return_norb=True)
        first = np.concatenate([[0], np.cumsum(norbs)])
        leads = []
        for lead, sites in zip(system.leads, system.lead_interfaces, strict=True):
            if set(names) & set(lead.parameters):
                raise ValueError(f"parameter = {parameter!r}: a lead depends on it, and must not")
            where = np.concatenate([np.arange(first[i], first[i + 1]) for i in sites])
            self_energy = partial(lead.selfenergy, params=others)
            leads.append((SimpleNamespace(self_energy=self_energy), where))
        many = 0 if isinstance(parameter, str) else len(names)
        return cls(hamiltonian, mu0=mu0, step=step, leads=leads, coordinates=many)

    @classmethod
    def from_sisl(
        cls,
        build: Callable[[Any], Any],
        leads: Sequence[tuple[Any, Any]],
        *,
        mu0: float = 0.0,
        step: float = 0.01,
        coordinates: int = 0,
    ) -> Self:
        """A function x -> `sisl.Hamiltonian` of the device, at the Gamma point.

        `leads` are pairs of a sisl self-energy (`sisl.RecursiveSI(electrode, "-A", eta=1e-10)`)
        and the orbitals of the device that repeat the electrode. The overlap must not depend on x.
        """
        _check.function("build", build, "x")
        first = build(np.zeros(coordinates) if coordinates else 0.0)
        _check.having("build(x)", first, "Sk", "a sisl.Hamiltonian")
        overlap = first.Sk(format="array")

        def hamiltonian(x: Any) -> Matrix:
            one = build(x)
            if not np.allclose(one.Sk(format="array"), overlap, atol=1e-12):
                raise ValueError("build: the overlap changes with x, and must not")
            return one.Hk(format="array")

        return cls(hamiltonian, mu0=mu0, step=step, leads=leads, S=overlap, coordinates=coordinates)

    def _positions(self, x: ArrayLike) -> Array:
        x, many = _check.real_array("x", x), self.coordinates
        if many and (x.ndim == 0 or x.shape[-1] != many):
            raise ValueError(f"x of shape {x.shape}: must have {many} coordinates on its last axis")
        return x

    def _call(self, name: str, x: Array) -> Matrix:
        """What a function of the reader's gives, checked."""
        function, many = getattr(self, name), self.coordinates
        shape = x.shape[:-1] if many else x.shape
        if self.batched:
            matrix = np.asarray(function(x))
        elif not x.size:
            raise ValueError("x is empty: must hold at least one position")
        else:
            rows: Any = x.reshape(-1, many) if many else x.ravel().tolist()
            flat = _check.plain(f"{name}(x)", [function(value) for value in rows])
            matrix = flat.reshape(*shape, *flat.shape[1:])
        if matrix.dtype.kind not in "iufc":
            raise TypeError(f"{name}(x): must be an array of numbers, got dtype {matrix.dtype}")
        n = matrix.shape[-1] if matrix.ndim else 0
        own = (many, n, n) if many and name == "gradient" else (n, n)
        if not n or matrix.shape[-len(own) :] != own:
            kind = f"{many} square matrices" if len(own) == 3 else "square matrices"
            raise ValueError(f"{name}(x): must be {kind}, got shape {matrix.shape}")
        _check.common_shape(**{f"{name}(x)": matrix.shape[: -len(own)], "x": shape})
        if not np.all(np.isfinite(matrix)):
            raise ValueError(f"{name}(x): must be finite; it is not at some of x = {x!r}")
        scale = np.max(np.abs(matrix), initial=1.0)
        if np.max(np.abs(matrix - dagger(matrix)), initial=0.0) > 1e-9 * scale:
            raise ValueError(f"{name}(x): must be Hermitian")
        return matrix

    def matrix(self, x: ArrayLike) -> Matrix:
        """H(x), shape (..., n, n)."""
        matrix = self._call("hamiltonian", self._positions(x))
        size = matrix.shape[-1]
        if self.S is not None and np.shape(self.S) != (size, size):
            raise ValueError(f"S of shape {np.shape(self.S)}: must be as H(x), {(size, size)}")
        for name, (_, at) in zip(("left", "right"), self._ends, strict=True):
            if np.any(np.abs(at + 0.5) > size):
                sites = np.squeeze(at).tolist()
                raise ValueError(f"{name} = {sites}: must be among the {size} sites of H(x)")
        return matrix

    def force_operator(self, x: ArrayLike) -> Matrix:
        """Lambda = -dH/dx (Eq. 4), shape (..., n, n); of m coordinates (..., m, n, n)."""
        x = self._positions(x)
        if self.gradient is not None:
            return -self._call("gradient", x)
        way = np.array(self.step)
        if self.coordinates:
            x, way = x[..., None, :], self.step * np.eye(self.coordinates)
        return -difference(lambda n: self._call("hamiltonian", x + n * way)) / self.step

    def _of_leads(self, what: str, energy: Array) -> list[Matrix]:
        """The "self_energy" or its "slope" of each lead, among its own sites."""
        parts = [getattr(lead, what)(energy) for lead, _ in self._ends]
        return [
            part if isinstance(lead, Foreign) else np.multiply.outer(part, np.eye(len(at)))
            for part, (lead, at) in zip(parts, self._ends, strict=True)
        ]

    def _dressed(self, matrix: Matrix, parts: list[Matrix]) -> Matrix:
        """A matrix among all sites, of energies if need be, and what the leads add to it."""
        whole = matrix.astype(complex)
        for (_, at), part in zip(self._ends, parts, strict=True):
            whole[..., at[:, None], at] += part
        return whole

    def breaks(self, x: ArrayLike, bias: float, kT: float) -> Array:
        """Energies, ascending, between which integrands are smooth: steps, peaks, band edges."""
        mu = self.mu0 + bias / 2 * np.array([-1, 0, 1])
        steps = mu[:, None, None] + kT * np.array([[0, 6, 12, 24, 40]]) * [[1], [-1]]
        # about where the peaks are: eigenvalues of S^-1 (H + Sigma(mu0))
        matrix = self.matrix(x)
        size = matrix.shape[-1]
        whole = self._dressed(matrix, self._of_leads("self_energy", np.asarray(self.mu0)))
        near = np.linalg.eigvals(np.linalg.solve(self._overlap(size), whole))
        width = np.abs(near.imag)
        peaks = near.real[..., None] + width[..., None] * [-4, -1, 0, 1, 4]
        raster = max(2 * float(np.min(width, initial=np.inf)), 1e-6)  # many x share their peaks
        shared = raster * np.rint(peaks / raster)
        edges = [lead.band_edges for lead, _ in self._ends]
        parts = np.concatenate([steps.ravel(), shared.ravel(), *edges])
        return np.unique(np.clip(parts, *self.band))

    def green(self, x: ArrayLike, energy: ArrayLike) -> Matrix:
        """Retarded Green function [eps - H(x) - Sigma]^-1 (Eqs. 14 to 16), in 1/gamma0."""
        return self._green_and_sigma(x, energy)[0]

    def _green_and_sigma(self, x: ArrayLike, energy: ArrayLike) -> tuple[Matrix, list[Matrix]]:
        matrix, energy = self.matrix(x), _check.real_array("energy", energy)
        size, eps = matrix.shape[-1], energy[..., None, None]
        sigma = self._of_leads("self_energy", energy)
        try:
            lacking = self._dressed(matrix - eps * self._overlap(size), sigma)
            return np.linalg.inv(-lacking), sigma
        except np.linalg.LinAlgError as error:
            raise ValueError(
                "hamiltonian(x): has a level that no lead reaches at exactly one of the energies "
                f"from {np.min(energy):.6g} to {np.max(energy):.6g}: leave it out, or move it"
            ) from error

    def _overlap(self, size: int) -> Matrix:
        return np.eye(size) if self.S is None else np.asarray(self.S)

    def spectral(self, x: ArrayLike, energy: ArrayLike) -> tuple[Matrix, Matrix]:
        """A_alpha = 2 G Gamma_alpha G^+, in 1/gamma0; G^< (Eqs. 7, 8) is i sum f_alpha A_alpha."""
        green, sigma = self._green_and_sigma(x, energy)
        columns = [green[..., at] for _, at in self._ends]
        left, right = map(_between, columns, sigma, columns)
        return left, right

    def slopes(self, x: ArrayLike, energy: ArrayLike) -> tuple[Matrix, ...]:
        """Energy derivatives of G and of A_L and A_R: dG/deps = -G (S - dSigma/deps) G."""
        green, sigma = self._green_and_sigma(x, energy)
        moved, size = self._of_leads("slope", np.asarray(energy, float)), green.shape[-1]
        one = -self._overlap(size) * np.ones((*np.shape(energy), 1, 1))
        slope = green @ self._dressed(one, moved) @ green
        found = [slope]
        for (_, at), part, its in zip(self._ends, sigma, moved, strict=True):
            column = green[..., at]
            mixed = _between(slope[..., at], part, column)
            found.append(mixed + dagger(mixed) + _between(column, its, column))
        return tuple(found)

    def transmission(self, x: ArrayLike, energy: ArrayLike) -> Any:
        """Transmission Tr[2 Gamma_L G 2 Gamma_R G^+] (Eq. 20, Fisher and Lee)."""
        green, (left, right) = self._green_and_sigma(x, energy)
        (_, at_left), (_, at_right) = self._ends
        across = green[..., at_left[:, None], at_right]
        product = level_width(left) @ _between(across, right, across)
        return np.trace(product, axis1=-2, axis2=-1).real

    def lead_kernels(self, x: ArrayLike, energy: ArrayLike) -> tuple[Any, Any]:
        """Force kernels (F_L, F_R) = Tr[Lambda G Gamma_alpha G^+] (Eq. 9), in 1/a."""
        return self._pushes(x, self.spectral(x, energy))

    def bias_kernel(self, x: ArrayLike, energy: ArrayLike) -> Any:
        """F_L - F_R: what a bias between the leads weighs (Eq. 12), in 1/a."""
        return np.subtract(*self.lead_kernels(x, energy))

    def bias_kernel_energy_derivative(self, x: ArrayLike, energy: ArrayLike) -> Any:
        """Energy derivative of `bias_kernel` (Eq. 13), analytic, in 1/(a gamma0)."""
        return np.subtract(*self._pushes(x, self.slopes(x, energy)[1:]))

    def _pushes(self, x: ArrayLike, parts: tuple[Matrix, ...]) -> tuple[Any, ...]:
        """Tr[Lambda A]/2 of two matrices; of several coordinates on a last axis."""
        force = self.force_operator(x)
        force = force if self.coordinates else force[..., None, :, :]
        # as Lambda is Hermitian, a product of long vectors: of a matrix, and of each coordinate
        n = force.shape[-1] ** 2
        columns = dagger(force.reshape(*force.shape[:-2], n))
        found = [(A.reshape(*A.shape[:-2], 1, n) @ columns)[..., 0, :].real / 2 for A in parts]
        return tuple(found if self.coordinates else (part[..., 0] for part in found))

    def pair_kernels(self, x: ArrayLike, energy: ArrayLike, lags: bool = False) -> tuple[Any, ...]:
        """K_LL, K_RR, K_LR and B of `cifcore.electrons.friction` by traces, in 1/a^2.

        Of m coordinates, shape (..., m, m); with `lags` also 2 Tr[Lambda_i G' Lambda_j A_alpha].
        """
        force, parts = self.force_operator(x), (*self.spectral(x, energy), *self.slopes(x, energy))
        force = force if self.coordinates else force[..., None, :, :]
        left, right, moved, d_left, d_right = (force @ part[..., None, :, :] for part in parts)

        def pair(one: Matrix, other: Matrix) -> Matrix:
            found = np.einsum("...aij,...bji->...ab", one, other)
            return found if self.coordinates else found[..., 0, 0]

        window = (pair(d_left, right) - pair(d_right, left)).real
        kernels = pair(left, left).real, pair(right, right).real, pair(left, right).real, window
        return (*kernels, 2 * pair(moved, left), 2 * pair(moved, right)) if lags else kernels
