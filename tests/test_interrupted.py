"""What is stopped half-way is not taken for whole, and two at once do not spoil each other."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import benchmarks.__main__ as bench
from tools import book, files, finish, vendor
from tools.files import ROOT, write_atomically

SLOW = """\
---
kernelspec: {name: python3, display_name: Python 3, language: python}
---

# A chapter that waits until it may go on

```{code-cell} ipython3
import time
from pathlib import Path

with open("begun", "a") as file:
    print("once", file=file)
while not Path("go").exists():
    time.sleep(0.05)
assert Path("go").read_text() == "well"
print("done")
```
"""
PATIENCE = 60


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository with the tools, an empty package and one chapter."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "cifcore").mkdir()
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "slow.md").write_text(SLOW, encoding="utf-8")
    return tmp_path


def start(copy: Path) -> subprocess.Popen[str]:
    """`make chapters` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.chapters"],
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait(for_what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not for_what():
        assert time.monotonic() < end, "it never began"
        time.sleep(0.05)


def runs(copy: Path) -> int:
    """How many times the chapter has begun."""
    begun = copy / "book" / "begun"
    return len(begun.read_text().splitlines()) if begun.exists() else 0


def stop(process: subprocess.Popen[str], how: signal.Signals) -> None:
    os.killpg(process.pid, how)
    process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_chapter_is_executed_again(copy: Path, how: signal.Signals) -> None:
    notebook, before = copy / "book" / "slow.ipynb", "an older notebook"
    notebook.write_text(before)
    process = start(copy)
    wait(lambda: runs(copy) == 1)
    stop(process, how)
    assert process.returncode != 0
    assert notebook.read_text() == before
    assert not (copy / "_build" / "chapters.json").exists()

    (copy / "book" / "go").write_text("well")
    again = start(copy)
    said, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0 and "slow" in said and "rewritten" in said
    assert runs(copy) == 2
    assert "done" in notebook.read_text()


def test_a_chapter_that_fails_leaves_the_notebook_of_before(copy: Path) -> None:
    (copy / "book" / "go").write_text("well")
    first = start(copy)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    notebook = copy / "book" / "slow.ipynb"
    before = notebook.read_bytes()
    (copy / "book" / "go").write_text("badly")
    (copy / "cifcore" / "new.py").touch()
    for attempt in (2, 3):
        process = start(copy)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1 and "AssertionError" in said
        assert runs(copy) == attempt
        assert notebook.read_bytes() == before


def test_of_two_at_once_the_second_waits_and_finds_it_done(copy: Path) -> None:
    processes = [start(copy), start(copy)]
    wait(lambda: runs(copy) == 1)
    (copy / "book" / "go").write_text("well")
    said = sorted(process.communicate(timeout=PATIENCE)[0] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert "rewritten" in said[0] and "up to date" in said[1]
    assert runs(copy) == 1


@pytest.mark.parametrize("method", ["write_text", "replace"])
def test_a_file_is_replaced_as_a_whole_or_not(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("before")

    def interrupted(self: Path, text: object, **options: object) -> None:
        self.write_bytes(b"ha")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, method, interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(path, "half or whole")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the book beside the true one; every check before building it passes."""
    monkeypatch.setattr(files, "BUILD", tmp_path)
    monkeypatch.setattr(book, "HTML", tmp_path / "html")
    monkeypatch.setattr(book, "SPHINX", tmp_path / "sphinx")
    monkeypatch.setattr(book, "STAMP", tmp_path / ".book")
    monkeypatch.setattr(book, "settings_problems", list)
    monkeypatch.setattr(book.chapters, "check", list)
    monkeypatch.setattr(vendor, "main", lambda: 0)
    monkeypatch.setattr(book, "inputs", lambda: {"pages": "p", "all": "a"})
    return tmp_path


def test_a_book_that_was_stopped_or_failed_is_built_again(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(sphinx: Path, html: Path) -> int:
        made.append("made")
        (html / "index.html").parent.mkdir(exist_ok=True)
        if len(made) == 2:
            raise KeyboardInterrupt
        (html / "index.html").write_text(f"{len(made)}")
        return 1 if len(made) == 3 else 0

    monkeypatch.setattr(book, "make", make)
    assert book.build() == 0 and len(made) == 1
    assert book.build() == 0 and len(made) == 1, "nothing changed"
    monkeypatch.setattr(book, "inputs", lambda: {"pages": "q", "all": "a"})
    with pytest.raises(KeyboardInterrupt):
        book.build()
    assert book.build() == 1 and len(made) == 3, "stopped, so built again, and failed"
    monkeypatch.setattr(book, "inputs", lambda: {"pages": "p", "all": "a"})
    assert book.build() == 0 and len(made) == 4, "failed, so built again, even as it once was"
    assert book.build() == 0 and len(made) == 4
    shutil.rmtree(shelf / "html")
    assert book.build() == 0 and len(made) == 5, "taken away, so built again"


def test_pages_half_finished_do_not_replace_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, done = tmp_path / "raw", tmp_path / "html"
    raw.mkdir()
    (raw / "_static").mkdir()
    (raw / "index.html").write_text("<html>new</html>")
    done.mkdir()
    (done / "index.html").write_text("old")

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finish.policy, "headers", interrupted)
    monkeypatch.setattr(finish.mathematics, "typeset", lambda pages: (pages, ""))
    monkeypatch.setattr(finish.lighten, "lighten", lambda folder, pages, style: pages)
    with pytest.raises(KeyboardInterrupt):
        finish.finish(raw, done)
    assert (done / "index.html").read_text() == "old"
    monkeypatch.setattr(finish.policy, "headers", lambda rules: "")
    finish.finish(raw, done)
    assert "new" in (done / "index.html").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["html", "raw"]


def test_a_stopped_benchmark_keeps_the_table_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "performance.json"
    before = {"cases": {"old": {}, "again": {"seconds": 1}}, "growth": 1, "environment": {}}
    table.write_text(json.dumps(before))

    class Module:
        cases = staticmethod(lambda: iter(["again", "new"]))

    def measure(case: str) -> dict[str, object]:
        if stopping and case == "new":
            raise KeyboardInterrupt
        return {"name": case, "seconds": 2}

    monkeypatch.setattr(files, "BUILD", tmp_path)
    monkeypatch.setattr(bench, "OUT", table)
    monkeypatch.setattr(bench.importlib, "import_module", lambda name: Module)
    monkeypatch.setattr(bench, "measure", measure)
    monkeypatch.setattr(bench, "environment", dict)
    monkeypatch.setattr(bench, "show", lambda row: None)
    stopping = True
    with pytest.raises(KeyboardInterrupt):
        bench.run(["kernels"])
    assert json.loads(table.read_text()) == before
    stopping = False
    bench.run(["kernels"])
    after = json.loads(table.read_text())
    assert list(after["cases"]) == ["old", "again", "new"]
    assert after["cases"]["again"]["seconds"] == 2 and after["growth"] == 1
