"""What a release is made of: settled archives, links that travel, pages that open unpacked."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.book import browser as machine
from tools import release, settled
from tools.book import HTML
from tools.files import ROOT
from tools.pdf_links import data_address, portable

MOMENT = 1_700_000_000


def tree(folder: Path, names: list[str], when: int) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"in {name}", encoding="utf-8")
        os.utime(path, (when, when))
    return folder


def test_a_zip_does_not_tell_when_or_in_which_order_it_was_made(tmp_path: Path) -> None:
    names = ["b/two.txt", "a.txt", ".buildinfo", "b/one.txt"]
    first = settled.zipped(tree(tmp_path / "x", names, 1_000_000_000), "book", MOMENT)
    second = settled.zipped(tree(tmp_path / "y", names[::-1], 1_600_000_000), "book", MOMENT)
    assert first == second
    archive = zipfile.ZipFile(io.BytesIO(first))
    assert archive.namelist() == ["book/a.txt", "book/b/one.txt", "book/b/two.txt"]
    assert archive.read("book/b/one.txt") == b"in b/one.txt"
    assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    assert settled.zipped(tmp_path / "x", "book", MOMENT + 60) != first


def packed(names: list[str], when: int, owner: str) -> bytes:
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", mtime=when) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        for name in names:
            member = tarfile.TarInfo(name)
            member.uname, member.mtime, member.mode = owner, when, 0o664
            if name.endswith("/"):
                member.type, member.mode = tarfile.DIRTYPE, 0o775
                archive.addfile(member)
            else:
                member.size = len(name)
                archive.addfile(member, io.BytesIO(name.encode()))
    return out.getvalue()


def test_a_tarball_does_not_tell_when_or_by_whom_it_was_made() -> None:
    one = settled.tarball(packed(["p/", "p/a.py", "p/b.py"], 1_000_000_000, "ann"), MOMENT)
    two = settled.tarball(packed(["p/", "p/b.py", "p/a.py"], 1_600_000_000, "bob"), MOMENT)
    assert one == two
    assert int.from_bytes(one[4:8], "little") == MOMENT  # the header of gzip has a time too
    with tarfile.open(fileobj=io.BytesIO(one)) as archive:
        members = archive.getmembers()
        assert [(m.name, m.mode, m.mtime, m.uname) for m in members] == [
            ("p", 0o755, MOMENT, ""),
            ("p/a.py", 0o644, MOMENT, ""),
            ("p/b.py", 0o644, MOMENT, ""),
        ]
        assert archive.extractfile("p/b.py").read() == b"p/b.py"  # type: ignore[union-attr]


def test_a_pdf_does_not_tell_when_it_was_printed() -> None:
    page = b"/CreationDate (D:2026112%d055915+00'00') /ID (node000098%d) /Headers [(node000098%d)]"
    one, two = (settled.pdf(page % numbers, MOMENT) for numbers in ((3, 60, 61), (4, 64, 65)))
    assert one == two
    assert len(one) == len(page % (3, 60, 61))  # no place in the file moves
    assert b"(D:20231114221320+00'00')" in one
    assert b"(node00000001)" in one and b"(node00000002)" in one


def test_links_of_the_printed_book_travel() -> None:
    data = data_address()
    assert data.startswith("https://") and data.endswith("/book/data/")
    page = (
        '<a href="book/intro.html#sec-units">A</a> <a href="units.html#row-units">B</a> '
        '<a href="claims.html#row-units">C</a> <a href="_downloads/0a1b/fig-2a.csv">D</a> '
        '<a href="https://a.org/b.html#c">E</a> <a href="#here">F</a> '
        '<a class="reference" href="../_static/licences/d3.txt">ISC</a>'
    )
    assert portable(page, data) == (
        '<a href="#sec-units">A</a> <a href="#row-units">B</a> '
        f'<a href="#sec-claims">C</a> <a href="{data}fig-2a.csv">D</a> '
        '<a href="https://a.org/b.html#c">E</a> <a href="#here">F</a> ISC'
    )


def test_what_is_released_is_what_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*command: str) -> None:
        named = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        when = {"GIT_COMMITTER_DATE": f"{MOMENT} +0000"}
        subprocess.run(
            ["git", *named, *command], cwd=tmp_path, env={**os.environ, **when}, check=True
        )

    git("init", "--quiet")
    (tmp_path / "file").write_text("one", encoding="utf-8")
    git("add", "file")
    git("commit", "--quiet", "--message", "one")
    assert release.uncommitted(tmp_path) == ""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert release.moment(tmp_path) == MOMENT
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    assert release.moment(tmp_path) == 7
    (tmp_path / "file").write_text("two", encoding="utf-8")
    assert release.uncommitted(tmp_path) == " M file\n"
    monkeypatch.setattr(release, "uncommitted", lambda: " M file\n")
    with pytest.raises(release.NotReady, match=r"these files are not:\n M file"):
        release.main()


def test_a_row_that_the_wheel_measures_otherwise_is_named() -> None:
    published = (ROOT / "book" / "data" / "ledger.json").read_text(encoding="utf-8")
    release.same_rows(published, published)
    rows = json.loads(published)
    rows[3]["ours"] = "7"
    with pytest.raises(release.NotReady, match=f"another row {rows[3]['id']} .*'ours': '7'"):
        release.same_rows(json.dumps(rows), published)
    with pytest.raises(release.NotReady, match=f"another row {rows[5]['id']} .*: None instead of"):
        release.same_rows(json.dumps(json.loads(published)[:5]), published)


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(release.NotReady, match=r"ended with 3\nwhy"):
        release.run(sys.executable, "-c", "print('why'); raise SystemExit(3)")


def test_the_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    tree(tmp_path, ["a.whl", "b.pdf"], MOMENT)
    (tmp_path / "SHA256SUMS").write_text(release.checksums(tmp_path), encoding="utf-8")
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "b.pdf").write_text("another", encoding="utf-8")
    assert subprocess.run(check, cwd=tmp_path, check=False, capture_output=True).returncode == 1


DRAWN = "figure => [...figure.querySelectorAll('svg path')].map(p => p.getAttribute('d')).join()"


def test_the_unpacked_pages_open_from_their_folder_and_move(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    build = [sys.executable, "-m", "tools.book", "build"]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    with zipfile.ZipFile(io.BytesIO(settled.zipped(HTML, "the-book", MOMENT))) as archive:
        archive.extractall(tmp_path)
    asked: list[str] = []
    errors: list[Any] = []
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=machine.chromium(), args=["--no-sandbox"]
        )
        page = opened.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(error))
        page.goto((tmp_path / "the-book" / "index.html").as_uri())
        page.wait_for_url("**/book/intro.html")
        page.locator("nav a[href$='rectification.html']").first.click()
        page.wait_for_url("**/rectification.html")
        figure = page.locator("figure.cif-scene").first
        slider = figure.locator("input[type=range]").first
        slider.focus()  # the frames come when a reader does
        page.wait_for_selector("figure.cif-scene[data-frames]", state="attached")
        before = figure.evaluate(DRAWN)
        slider.press("ArrowLeft")
        assert figure.evaluate(DRAWN) != before
        opened.close()
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:"))] == []
    assert errors == []
