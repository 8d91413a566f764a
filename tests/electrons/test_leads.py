"""Leads of other kinds, overlap, and the exact response between them."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from cifcore import FullBias, FullJunction, Junction, LinearJunction, paper_device
from cifcore.electrons.leads import Gapped, HalfChain, WideBand
from tests.devices import random_device

SPRING = dict(k=0.02, length=0.25, positions=np.linspace(-4, 4, 81))
X = np.linspace(-0.8, 0.8, 7)
CHAIN = Gapped(0.0)
CHAINS = [(CHAIN, 0), (CHAIN, -1)]


class Foreign:
    """A lead of two orbitals that knows one energy at a time, and counts how often it is asked."""

    def __init__(self):
        self.asked = []

    def self_energy(self, energy):
        self.asked.append(energy)
        return np.array([[-0.5j, 0.1], [0.1, -0.2j]])


def levels(x):
    """Three orbitals; the hop between the first and the second changes."""
    hop = 0.4 * np.exp(-2 * x) + 0.1j
    return np.array([[0.2, hop, 0.1], [np.conj(hop), -0.3, 0.3], [0.1, 0.3, 0.1]])


@pytest.mark.parametrize("kT", [0.0, 1e-3, 0.05])
def test_given_as_leads_half_chains_give_the_exact_response_of_random_devices(kT):
    rng = np.random.default_rng(1)
    for _ in range(4):
        device = random_device(rng, kT)
        chain, bias = Junction.from_device(device), rng.uniform(-0.6, 0.6)
        same = Junction(
            chain.hamiltonian, dH=chain.gradient, mu0=device.mu0, batched=True, leads=CHAINS
        )
        ours, closed = FullJunction(same, kT=kT, **SPRING), FullBias(device)
        force = closed.force(X, bias)
        np.testing.assert_allclose(ours.force(X, bias), force, atol=1e-8 * np.max(np.abs(force)))
        np.testing.assert_allclose(ours.current(X, bias), closed.current(X, bias), rtol=1e-8)


def test_sites_of_a_lead_may_be_moved_into_the_matrix():
    lead = Gapped(gap=0.5, coupling=0.7, hopping=0.9)
    short = Junction(levels, leads=[(lead, 0), (WideBand(0.3), [1, 2])])

    def longer(x):
        whole = np.zeros((5, 5), complex)
        whole[:3, :3] = levels(x)
        whole[0, 3] = whole[3, 0] = 0.7
        whole[3, 4] = whole[4, 3] = 0.9
        whole[3, 3], whole[4, 4] = 0.25, -0.25
        return whole

    rest = Gapped(gap=0.5, coupling=0.9, hopping=0.9)
    long = Junction(longer, leads=[(rest, 4), (WideBand(0.3), [1, 2])])
    # the gap lies inside the window, and with it a state bound there keeps its filling
    for kT in (0.0, 0.02):
        ours, theirs = (FullJunction(one, kT=kT, **SPRING) for one in (long, short))
        for what in ("force", "current"):
            expected = getattr(theirs, what)(X, 1.3)
            assert np.max(np.abs(expected)) > 1e-3
            np.testing.assert_allclose(getattr(ours, what)(X, 1.3), expected, atol=1e-8)
    inside = np.array([-0.2, 0.0, 0.2])
    assert np.all(lead.self_energy(inside).imag == 0)
    assert np.all(np.isfinite(lead.self_energy(np.array([-0.25, 0.25]))))
    assert np.all(short.transmission(0.1, inside) == 0)


@pytest.mark.parametrize("lead", [Gapped(0.0, hopping=0.7), Gapped(0.6, level=0.1)])
def test_bands_begin_and_end_at_their_edges(lead):
    edges = np.array(lead.band_edges)
    beside = edges[:, None] + np.array([-1e-6, 1e-6])
    filled = (lead.self_energy(beside).imag < 0).ravel().tolist()
    assert filled == [False, True, True, False] * (len(edges) // 2)
    assert np.all(np.diff(edges) > 0)
    # a band without structure is what the middle of the paper's looks like
    assert WideBand().self_energy(0.3) == HalfChain().self_energy(0.0)


def test_orthonormal_orbitals_may_be_mixed_and_an_overlap_says_so():
    mix = np.array([[1.0, 0.3, 0.0], [0.1, 1.0, 0.2j], [0.0, -0.2, 1.1]])
    plain = Junction(levels, leads=[(WideBand(0.4), 0), (WideBand(0.2), 2)], mu0=0.1)
    far = -0.2j * np.outer(mix[2].conj(), mix[2])
    near = -0.4j * np.outer(mix[0].conj(), mix[0])
    left = type("Left", (), {"self_energy": lambda self, e: near})()
    right = type("Right", (), {"self_energy": lambda self, e: far})()
    mixed = Junction(
        lambda x: mix.conj().T @ levels(x) @ mix,
        leads=[(left, [0, 1, 2]), (right, [0, 1, 2])],
        S=mix.conj().T @ mix,
        mu0=0.1,
    )
    for kind in (LinearJunction, FullJunction):
        ours, theirs = kind(mixed, **SPRING), kind(plain, **SPRING)
        np.testing.assert_allclose(ours.force(X, 0.3), theirs.force(X, 0.3), atol=1e-9)
        np.testing.assert_allclose(ours.current(X, 0.3), theirs.current(X, 0.3), atol=1e-9)
    slopes = [LinearJunction(one, **SPRING).force_slope(X, 0.3) for one in (mixed, plain)]
    np.testing.assert_allclose(*slopes, atol=1e-7)


def test_a_foreign_lead_has_the_slope_of_the_same_lead_of_ours():
    lead = Gapped(0.4, coupling=0.8)
    foreign = SimpleNamespace(self_energy=lead.self_energy, band_edges=lead.band_edges)
    ours, theirs = (Junction(levels, leads=[(one, 0), (one, 2)]) for one in (lead, foreign))
    for energy in (-1.1, 0.21, 0.9):  # beside an edge of the gap, too
        expected = ours.bias_kernel_energy_derivative(X, energy)
        found = theirs.bias_kernel_energy_derivative(X, energy)
        np.testing.assert_allclose(found, expected, atol=1e-7 * np.max(np.abs(expected)))


def test_a_foreign_lead_is_asked_once_for_each_energy():
    lead = Foreign()
    junction = Junction(levels, leads=[(lead, [0, 1]), (WideBand(), 2)])
    junction.green(X[:, None], np.linspace(-1, 1, 11))
    assert sorted(lead.asked) == np.linspace(-1, 1, 11).tolist()
    left, right = junction.spectral(X, 0.2)
    green = junction.green(X, 0.2)
    np.testing.assert_allclose(
        left + right, 1j * (green - np.conj(np.swapaxes(green, -1, -2))), atol=1e-12
    )


def test_energy_derivatives_between_other_leads():
    chain = Junction.from_device(paper_device("2b"))
    same = Junction(chain.hamiltonian, chain.gradient, batched=True, leads=CHAINS)
    np.testing.assert_allclose(
        same.bias_kernel_energy_derivative(X, 0.3),
        chain.bias_kernel_energy_derivative(X, 0.3),
        rtol=1e-9,
    )


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"leads": 3}, TypeError, "leads = 3"),
        ({"leads": CHAINS[:1]}, ValueError, "must be two"),
        ({"leads": [(3, 0), (3, 1)]}, TypeError, "self_energy of 3"),
        ({"leads": [(CHAIN, 0.5), CHAINS[1]]}, TypeError, "must be integers"),
        ({"leads": [(CHAIN, 3), CHAINS[1]]}, ValueError, "must be among the 3 sites"),
        ({"leads": [(Foreign(), 0), CHAINS[1]]}, ValueError, "over its 1 orbitals"),
        ({"S": np.eye(2)}, ValueError, "S of shape (2, 2)"),
        ({"S": -np.eye(3)}, ValueError, "positive definite"),
    ],
)
def test_bad_leads_are_named(changes, error, words):
    with pytest.raises(error, match=re.escape(words)):
        Junction(levels, **changes).green(0.0, 0.1)


def test_bad_numbers_of_a_lead_are_named():
    with pytest.raises(ValueError, match=r"width = -1.0"):
        WideBand(-1.0)
    advanced = type("Advanced", (), {"self_energy": lambda self, e: 0.3j})()
    with pytest.raises(ValueError, match="retarded"):
        Junction(levels, leads=[(advanced, 0), CHAINS[1]]).green(0.0, 0.1)


def test_several_parameters_of_a_package_are_several_coordinates():
    """Stand-ins with the few functions that are asked for; the real packages: `nox -s kwant`."""

    def two(a, b):
        return np.array([[a, -0.4 - b], [-0.4 - b, -a]])

    class System(SimpleNamespace):
        def hamiltonian_submatrix(self, params, return_norb=False):
            one = two(params["a"], params["b"])
            return (one, [1, 1], None) if return_norb else one

    lead = SimpleNamespace(parameters=frozenset(), selfenergy=lambda e, params: [[-0.3j]])
    system = System(leads=[lead, lead], lead_interfaces=[[0], [1]], parameters={"a", "b"})
    kwant = Junction.from_kwant(system, ["a", "b"])
    sisl = Junction.from_sisl(
        lambda x: SimpleNamespace(Sk=lambda format: np.eye(2), Hk=lambda format: two(*x)),
        [(WideBand(0.3), 0), (WideBand(0.3), 1)],
        coordinates=2,
    )
    plain = Junction(
        lambda x: two(*x), leads=[(WideBand(0.3), 0), (WideBand(0.3), 1)], coordinates=2
    )
    x = np.array([[0.1, -0.2], [0.3, 0.1]])
    for one in (kwant, sisl):
        np.testing.assert_allclose(one.matrix(x), plain.matrix(x), atol=1e-15)
        ours, theirs = one.lead_kernels(x, 0.2), plain.lead_kernels(x, 0.2)
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    with pytest.raises(ValueError, match="parameter"):
        Junction.from_kwant(system, ["a", "c"])
    with pytest.raises(ValueError, match="parameter"):
        Junction.from_kwant(system, ["a", "b"], params={"b": 1.0})
    with pytest.raises(TypeError, match=r"system = .* must be a finalized kwant system"):
        Junction.from_kwant(SimpleNamespace(leads=[]), "a")
    with pytest.raises(TypeError, match=r"build\(x\) = 3: must be a sisl.Hamiltonian"):
        Junction.from_sisl(lambda x: 3, [])
