"""The look of figures, and the data beside them."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

import matplotlib.pyplot as plt

from cifcore.book import figures as plotting
from cifcore.book.published import table


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests write data, also where the book's own are only compared."""
    monkeypatch.delenv("CIF_CHECK_DATA", raising=False)


def luminance(colour: str) -> float:
    """Relative luminance as the guidelines for accessible content define it."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [plotting.COLOURS, plotting.COLOURS_DARK])
def test_lines_stand_out_from_the_page(colours: dict[str, str]) -> None:
    for name in ("ink", "muted", "positive", "negative", "third", "fourth"):
        assert contrast(colours[name], colours["paper"]) > 3.0, name
    assert contrast(colours["ink"], colours["paper"]) > 7.0


def test_both_themes_have_the_same_meanings_in_different_colours() -> None:
    assert list(plotting.COLOURS) == list(plotting.COLOURS_DARK)
    assert len(set(plotting.COLOURS.values())) == len(plotting.COLOURS)
    assert not set(plotting.COLOURS.values()) & set(plotting.COLOURS_DARK.values())


def test_marks_of_different_number_are_refused() -> None:
    figure, ax = plt.subplots()
    with pytest.raises(ValueError, match=r"one shape, got \(2,\), \(2,\) and \(1,\)"):
        plotting.mark_equilibria(ax, [0, 1], [0, 1], [True])
    plt.close(figure)


def test_data_are_rounded_and_repeatable(tmp_path: Path) -> None:
    columns = {"x (a)": [1 / 3, -0.0], "stable": np.array([True, False]), "what, in words": "ab"}
    columns["what, in words"] = ["p", "q"]  # type: ignore[assignment]
    path = plotting.save_data("figure", columns, tmp_path)
    expected = 'x (a),stable,"what, in words"\n0.333333333,1,p\n0,0,q\n'
    assert path.read_text(encoding="utf-8") == expected
    before = path.stat().st_mtime_ns
    plotting.save_data("figure", columns, tmp_path)
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == ["figure.csv"]


@pytest.mark.parametrize(
    "columns", [{}, {"x": [1.0], "y": [1.0, 2.0]}, {"x": 1.0}, {"x": [[1.0], [2.0]]}]
)
def test_columns_that_make_no_table_are_refused(columns: dict, tmp_path: Path) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match="one-dimensional and equally long"):
        plotting.save_data("figure", columns, tmp_path)


def test_published_data_that_no_longer_follow_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIF_CHECK_DATA", "1")
    with pytest.raises(ValueError, match="has not been written yet"):
        plotting.save_data("figure", {"x": [1.0, 2.0]}, tmp_path)
    monkeypatch.delenv("CIF_CHECK_DATA")
    path = plotting.save_data("figure", {"x": [1.0, 2.0], "name": ["p", "q"]}, tmp_path)
    written = path.read_text(encoding="utf-8")
    monkeypatch.setenv("CIF_CHECK_DATA", "1")
    plotting.save_data("figure", {"x": [1.0, 2.0 + 1e-9], "name": ["p", "q"]}, tmp_path)
    for changed in (
        {"x": [1.0, 2.001], "name": ["p", "q"]},
        {"x": [1.0, 2.0], "name": ["p", "r"]},
        {"y": [1.0, 2.0], "name": ["p", "q"]},
        {"x": [1.0], "name": ["p"]},
    ):
        with pytest.raises(ValueError, match="no longer holds what the code computes"):
            plotting.save_data("figure", changed, tmp_path)
    assert path.read_text(encoding="utf-8") == written


def test_text_over_data_is_found() -> None:
    with plt.rc_context():
        plotting.use_style()
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
        x = np.linspace(0, 1, 5)  # its vertices lie beside the words, its lines cross them
        left.plot(x, x, label="$y$")
        left.set(xlim=(0, 1), ylim=(0, 1))
        left.text(0.6, 0.6, "crossed", ha="center", va="center")
        left.text(0.2, 0.8, "beside")
        left.text(0.4, 0.4, "on paper", ha="center", va="center", bbox={"facecolor": "white"})
        left.legend(loc="upper right")
        left.axvline(0.25, label="a guide")
        right.set(xlim=(0, 1), ylim=(0, 1))
        right.plot([0.5], [0.5], "o")
        right.text(0.5, 0.5, "on a point", ha="center", va="center")
        right.text(0.5, 0.8, "above a point", ha="center")
        inset = left.inset_axes([0.5, 0.15, 0.3, 0.2])
        inset.set_ylabel("low")
        assert plotting.text_over_data(figure) == ["crossed", "$y$", "on a point"]
        left.plot([0.3, 0.6], [0.25, 0.25])
        assert "low" in plotting.text_over_data(figure)
        plt.close(figure)


def test_rows_that_do_not_fit_their_heads_are_refused() -> None:
    with pytest.raises(ValueError, match="must be 2 cells"):
        table("Fig. | $M$", [("7", 1000), ("8",)])
