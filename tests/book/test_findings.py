"""Findings of our own: every verdict follows from the number that its chapter tells."""

import dataclasses

import pytest

from cifcore.book.findings import findings, table
from tools.files import ROOT

ROWS = findings(ROOT / "book")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.value)
def test_the_verdict_follows_from_the_number(row):
    assert row.follows
    low, high = row.accept
    assert low < high and row.form.format(row.number) in table([row]).data
    for end, value in (("{low:g}", low), ("{high:g}", high)):
        if value not in (0, 1, float("inf"), -float("inf")):
            assert end in row.criterion
    outside = dataclasses.replace(row, number=low - 1 if low > -1e300 else high + 1)
    assert outside.follows == (row.verdict == "does not hold")


def test_a_number_that_no_chapter_tells_is_named(monkeypatch):
    monkeypatch.setattr("cifcore.book.findings._told_by", lambda path: {})
    with pytest.raises(ValueError, match=r"value = 'heat-best': must be told by heat"):
        findings(ROOT / "book")
