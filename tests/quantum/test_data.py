"""The chapter's data: made by the code as it is, and as the chapter reads it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import proposal as search
from benchmarks import quantum
from cifcore.book.evidence import proposal

DATA = json.loads(quantum.OUT.read_text(encoding="utf-8"))


def test_the_rows_belong_to_this_code(monkeypatch):
    monkeypatch.setattr(quantum, "TRAJECTORIES", 2000)
    stored = DATA["pump"]["master"][2][0]
    assert quantum.pump(1000.0, 1e-3, "master") == pytest.approx(stored, rel=1e-3, abs=1e-6)
    stored, again = DATA["pump"]["quantum"][0][0], quantum.pump(1000.0, 2e-4, "quantum")
    assert again["charge"] == pytest.approx(stored["charge"], abs=4 * again["error"])
    for share in ("first", "second"):
        assert again[share] == pytest.approx(stored[share], abs=0.05)
    assert tuple(DATA["masses"]) == quantum.MASSES
    assert tuple(DATA["temperatures"]) == quantum.TEMPERATURES


def test_a_heavy_dot_is_classical_and_a_light_one_is_not():
    for i in range(3):
        classical, heavy = DATA["pump"]["classical"][i], DATA["pump"]["quantum"][i][-1]
        apart = classical["charge"] - heavy["charge"]
        assert abs(apart) < 4 * np.hypot(classical["error"], heavy["error"])
        light = DATA["pump"]["quantum"][i][0]
        assert classical["charge"] - light["charge"] > 3 * classical["error"]
        # both routes: next to nothing is pumped
        for route in ("quantum", "master"):
            assert (
                abs(DATA["pump"][route][i][0]["charge"])
                < 0.05 * DATA["pump"]["classical"][0]["charge"]
            )
    assert max(cell["lost"] for row in DATA["pump"]["master"] for cell in row) < 0.01


def test_both_routes_agree_where_both_are_right():
    # little damping and kT twice hbar omega: exact share, master equation, Langevin
    (heavy, other), (slow, late) = (
        [DATA[name]["weak"][route][-1] for route in ("master", "quantum")]
        for name in ("pump", "decay")
    )
    share = np.sqrt(heavy["exact"] * (1 - heavy["exact"]) / quantum.TRAJECTORIES)
    assert abs(other["first"] - heavy["first"]) < share
    assert abs(other["first"] - heavy["exact"]) < share
    assert abs(other["charge"] - heavy["charge"]) < other["error"]
    # tunnelling, which Langevin lacks, by the correction of Kramers' rate
    assert abs(late["time"] / slow["correction"] - slow["time"]) < 2.5 * late["error"]
    # any colder, the master equation stays exact where a pulse is long enough
    for cell in DATA["pump"]["weak"]["master"]:
        assert cell["first"] == pytest.approx(cell["exact"], abs=3e-3)
    for row in DATA["pump"]["master"]:
        assert row[0]["first"] == pytest.approx(row[0]["exact"], abs=1e-3)


def test_the_proposal_is_the_best_of_its_search():
    rows = json.loads(search.OUT.read_text(encoding="utf-8"))["rows"]
    best, device = rows[0], proposal.device()
    assert (best["level"], best["coupling"]) == (device.E_dot, device.gamma)
    assert (best["k"], best["zeta"], best["bias"]) == (device.k, device.zeta, proposal.BIAS)
    # the search's coarser table of the force
    assert proposal.pump(search.EDGES) == pytest.approx(best["charge"], rel=0.02)
    assert min(proposal.memory().time) == pytest.approx(best["seconds"], rel=0.1)


def test_the_time_of_a_fall():
    t = np.linspace(10, 50, 41)
    for time in (3.0, 700.0):
        assert quantum.fall(t, 0.8 * np.exp(-t / time)) == pytest.approx(time, rel=1e-6)
