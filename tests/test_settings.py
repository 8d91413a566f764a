"""Mistakes in the book's settings are named by their file and field, or line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import book, settings
from tools.files import ROOT


def copied(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A folder with the settings and empty pages; `old` is replaced in one of the files."""
    for page in (ROOT / "book").glob("*.md"):
        (tmp_path / "book").mkdir(exist_ok=True)
        (tmp_path / "book" / page.name).touch()
    for file in ("_config.yml", "_toc.yml"):
        text = (ROOT / file).read_text(encoding="utf-8")
        if file == name:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_books_own_settings_are_in_order(tmp_path: Path) -> None:
    assert settings.problems() == []
    assert settings.problems(copied(tmp_path, "", "", "")) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "found"),
    [
        ("_config.yml", "execute:", "exectue:", "_config.yml: unknown setting exectue"),
        ("_config.yml", "favicon:", "icon:", "_config.yml: unknown setting html.icon"),
        (
            "_config.yml",
            '"off"',
            "sometimes",
            "_config.yml: execute.execute_notebooks: 'sometimes'",
        ),
        ("_config.yml", "title: ", "title: [", "_config.yml, line 3: not valid YAML: expected ','"),
        ("_toc.yml", "book/units", "book/unitz", "_toc.yml: there is no page book/unitz"),
        (
            "_toc.yml",
            "    chapters:",
            "    chapter:",
            "_toc.yml: entry not a mapping containing 'chapters'",
        ),
        ("_toc.yml", "root: book/intro", "\troot: x", "_toc.yml, line 2: not valid YAML: found"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, name: str, old: str, new: str, found: str) -> None:
    (problem,) = settings.problems(copied(tmp_path, name, old, new))
    assert problem.startswith(found)


def test_nothing_is_built_from_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(book.chapters, "check", lambda: [])
    monkeypatch.setattr(book, "settings_problems", lambda: ["_config.yml: unknown setting x"])
    assert book.build() == 1
    assert capsys.readouterr().err == "_config.yml: unknown setting x\n"
