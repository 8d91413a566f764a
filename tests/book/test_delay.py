"""The chapter's long runs belong to this code; a slow bias is not a sudden one."""

from __future__ import annotations

import numpy as np
import pytest

from cifcore import LinearBias, equilibria, paper_device
from cifcore.book.evidence import delay
from cifcore.motion.basins import settle

ROWS = {(r["figure"], r["zeta"], r["M"]): r for r in delay.measured()["cases"]}


def test_a_row_is_what_the_code_finds():
    run = delay.explicit("7", 0.16, 16.0, front=False)
    apart = np.max(np.abs(run.x - delay.frozen("7", 0.16, 16.0, run.t)))
    assert ROWS["7", 0.16, 16.0]["motion"] == pytest.approx(apart, rel=1e-3)


def test_friction_is_the_larger_part_and_what_is_left_falls_faster():
    for figure in ("2b", "7"):
        light, heavy = ROWS[figure, 0.16, 250.0], ROWS[figure, 0.16, 4000.0]
        assert light["frozen"] / heavy["frozen"] == pytest.approx(4, rel=0.2)
        assert light["motion"] / heavy["motion"] > 6
        assert heavy["friction"] < 0.1 * heavy["frozen"]
    for row in delay.measured()["edges"]:
        assert row["explicit"] == pytest.approx(
            row["friction"], abs=0.3 * (row["frozen"] - row["friction"])
        )


def test_heavy_dots_feel_the_wait_as_an_impulse():
    for mass, within in ((4000.0, 0.02), (16000.0, 0.08)):
        row = ROWS["7", 0.16, mass]
        bare, late = delay.left("7", 0.16, mass)
        assert row["frozen"] / row["way"] == pytest.approx(bare, rel=0.01)
        # at the heavier one the integration errs by as much
        assert row["friction"] / row["way"] == pytest.approx(late, rel=within)


def stairs(response, x, rise, n=200):
    v = 0.0
    for step in range(n):
        end = settle(response, 0.1 * (2 * (step + 0.5) / n - 1), x, v, duration=rise / n)
        x, v = float(end.x), float(end.v)
    return float(settle(response, 0.1, x, v).x)


def test_the_slowest_rise_by_steps():
    """A staircase in place of the ramp, each stair at constant bias."""
    device = paper_device("7", zeta=0.16)
    response = LinearBias(device)
    inner, top, _ = equilibria(response, 0.1).x
    longest = delay.slowest_rise(LinearBias, "7", 0.1, 0.16)
    for rise, outer in ((0.97 * longest, True), (1.03 * longest, False)):
        assert (stairs(response, -inner, rise / device.omega) > top) == outer
