"""The built book: complete, without warnings, and asking the network for nothing."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import tempfile
import threading
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book._ext import cif_pages
from tools import book, finish, pdf
from tools.book import HTML
from tools.files import BUILD, ROOT


@pytest.fixture(scope="module")
def pages() -> dict[str, BeautifulSoup]:
    """All pages of the book, which make builds with every warning an error if it is due."""
    done = subprocess.run(["make", "book"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = {
        str(path.relative_to(HTML)): BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        for path in sorted(HTML.rglob("*.html"))
        if "_static" not in path.parts
    }
    assert "book/intro.html" in found
    return found


def test_pages_load_nothing_from_elsewhere(pages: dict[str, BeautifulSoup]) -> None:
    loading = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
    loading |= {"object": "data", "form": "action", "track": "src", "input": "src"}
    remote = []
    for name, page in pages.items():
        for tag, attribute in loading.items():
            remote += [(name, e[attribute]) for e in page.find_all(tag) if _remote(e, attribute)]
        for link in page.find_all("link"):
            kinds = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch"}
            if kinds & set(link.get("rel", [])) and _remote(link, "href"):
                remote.append((name, link["href"]))
    assert remote == []


def _remote(element: object, attribute: str) -> bool:
    return bool(re.match(r"(https?:)?//", element.get(attribute) or ""))  # type: ignore[attr-defined]


def test_style_sheets_load_nothing_from_elsewhere(pages: dict[str, BeautifulSoup]) -> None:
    sheets = [path for path in HTML.rglob("*.css") if "vendor" not in path.parts]
    assert sheets
    remote = {
        str(path.relative_to(HTML)): found
        for path in sheets
        if (
            found := re.findall(
                r"(?:url\(|@import )\s*['\"]?((?:https?:)?//[^'\")]+)",
                path.read_text(encoding="utf-8"),
            )
        )
    }
    assert remote == {}


def test_what_pages_and_sheets_name_is_there(pages: dict[str, BeautifulSoup]) -> None:
    missing = []
    for name, page in pages.items():
        folder = (HTML / name).parent
        names = [e.get("src") for e in page.find_all(["script", "img"])]
        names += [e.get("href") for e in page.find_all("link") if "search" not in e.get("rel", [])]
        names += [e.get("href") for e in page.select("article a.download, article a.reference")]
        for target in filter(None, names):
            path = re.sub(r"[?#].*", "", target)
            if path and not re.match(r"[a-z]+:|//", path) and not (folder / path).exists():
                missing.append((name, target))
    for sheet in HTML.rglob("*.css"):
        for target in re.findall(r"url\(['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8")):
            path = re.sub(r"[?#].*", "", target)
            if path and not path.startswith("data:") and not (sheet.parent / path).exists():
                missing.append((str(sheet.relative_to(HTML)), target))
    assert missing == []


def test_every_figure_has_alternative_text(pages: dict[str, BeautifulSoup]) -> None:
    silent = []
    for name, page in pages.items():
        pictures = page.select("article img")
        drawings = page.select("article svg[viewBox]:not([aria-hidden=true]):not(.sd-octicon)")
        silent += [(name, str(e)[:120]) for e in pictures if not (e.get("alt") or "").strip()]
        silent += [
            (name, str(e)[:120])
            for e in drawings
            if e.get("role") != "img" or not (e.get("aria-label") or "").strip()
        ]
    assert silent == []


def test_no_identifier_is_used_twice(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        within = [e["id"] for e in page.select("article svg [id]")]
        assert len(within) == len(set(within)), name


def test_each_page_has_one_title_and_a_language(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        if name != "index.html":  # it only leads to the introduction
            assert page.html is not None and page.html.get("lang") == "en", name
            assert page.title is not None and page.title.get_text().strip(), name


def test_folders_of_the_book_are_where_the_page_says(pages: dict[str, BeautifulSoup]) -> None:
    assert Path(HTML / "index.html").exists()
    assert "book/intro.html" in (HTML / "index.html").read_text(encoding="utf-8")


def test_every_public_module_is_on_the_page_of_the_package(
    pages: dict[str, BeautifulSoup],
) -> None:
    package = ROOT / "cifcore"
    paths = [*package.glob("[a-z]*.py"), *package.glob("*/[a-z]*.py")]
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}
    headings = {
        heading.code.get_text() for heading in pages["book/api.html"].select("h2:has(code)")
    }
    assert headings == modules
    assert "cifcore.device" in modules


def test_all_that_others_wrote_has_a_licence(pages: dict[str, BeautifulSoup]) -> None:
    listed = {}
    for row in pages["book/licences.html"].select("article tbody tr"):
        name, version, licence = row.find_all("td")
        assert version.get_text() and licence.get_text(), name
        listed[name.get_text()] = licence.a["href"] if licence.a else ""
    parts = cif_pages.parts(ROOT)
    assert {part.name for part in parts} < set(listed)
    for part in parts:
        if part.version[:3] != "in ":  # what is inside another part comes under its text
            text = (HTML / "book" / listed[part.name]).read_text(encoding="utf-8")
            assert len(text) > 500, part.name
    known = [pattern for part in parts for pattern in part.files]
    # made by extensions, and the style sheets in one
    known += ["licences/*", "scenes/*", "book-*.css", "previews/symbols.js"]
    static = ROOT / "book" / "_static"
    ours = {path.relative_to(static) for path in static.rglob("*")}
    found = {path.relative_to(HTML / "_static") for path in (HTML / "_static").rglob("*.*")} - ours
    assert [p for p in found if not any(fnmatch(str(p), part) for part in known)] == []


def test_scripts_of_others_hold_only_what_is_named() -> None:
    """Read from the source maps that come with the theme."""
    inside = set()
    for name in cif_pages.PYTHON:
        for file in distribution(name).files or ():
            if file.name.endswith(".map"):
                for source in json.loads(file.read_text(encoding="utf-8"))["sources"]:
                    inside |= set(re.findall(r"node_modules/((?:@[^/]+/)?[^/]+)/", source)[-1:])
    assert len(inside) > 3
    assert inside - set(cif_pages.INSIDE) == set()


def test_nothing_runs_in_pages_but_what_is_ours_or_the_themes(
    pages: dict[str, BeautifulSoup],
) -> None:
    bad = []
    for name, page in pages.items():
        for element in page.find_all(True):
            for attribute, value in element.attrs.items():
                if attribute.startswith("on") or str(value).strip().lower().startswith(
                    "javascript:"
                ):
                    bad.append((name, str(element)[:120]))
        bad += [(name, str(e)[:120]) for e in page.find_all(["video", "audio", "embed", "base"])]
        for form in page.find_all("form"):
            target = (HTML / name).parent / str(form.get("action", ""))
            if name == "search.html" and form.get("action") == "#":
                target = HTML / name
            if target.resolve() != HTML / "search.html" or form.get("method") != "get":
                bad.append((name, str(form)[:120]))
        policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
        if name != "index.html" and (policy is None or "default-src 'none'" not in str(policy)):
            bad.append((name, "no policy"))
    assert bad == []


@pytest.mark.parametrize(
    "added",
    [
        "<script>alert(1)</script>",
        "<style>body { display: none }</style>",
        '<SCRIPT type="module">import "x"</SCRIPT >',
        '<script type="application/json">{"pyodide":"https://elsewhere.org/"}</script>',
    ],
)
def test_the_policy_refuses_what_it_does_not_know(added: str) -> None:
    """Whatever found its way into a page ends the build instead of being allowed."""
    path = HTML / "book" / "status.html"
    page = path.read_text(encoding="utf-8")
    assert finish.policy({path: page}).startswith("default-src 'none'")
    with pytest.raises(ValueError, match=r"status\.html"):
        finish.policy({path: page.replace("</article>", f"{added}</article>")})


def test_finishing_twice_gives_the_same_files(pages: dict[str, BeautifulSoup]) -> None:
    # below the repository, where the bundler finds its packages
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        again = Path(scratch) / "html"
        finish.finish(book.SPHINX / "_build" / "html", again)
        here, there = (
            {
                path.relative_to(home): path.read_bytes()
                for path in home.rglob("*.*")
                if path.is_file()
            }
            for home in (HTML, again)
        )
    assert len(here) > 100
    assert sorted(name for name in here | there if here.get(name) != there.get(name)) == []


def test_links_of_the_printed_book_travel() -> None:
    page = (
        '<a href="book/intro.html#sec-units">A</a> <a href="units.html#row-units">B</a> '
        '<a href="claims.html#row-units">C</a> <a href="_downloads/0a1b/fig-2a.csv">D</a> '
        '<a href="https://a.org/b.html#c">E</a> <a href="#here">F</a> '
        '<a class="reference" href="../_static/licences/d3.txt">ISC</a>'
    )
    there = (
        '<a href="#sec-units">A</a> <a href="#row-units">B</a> <a href="#sec-claims">C</a> {} '
        '<a href="https://a.org/b.html#c">E</a> <a href="#here">F</a> ISC'
    ).format
    assert pdf.portable(page, "https://b.org/") == there('<a href="https://b.org/fig-2a.csv">D</a>')
    assert pdf.portable(page, "") == there("D")


def test_the_book_is_shown_without_lists_and_links_that_lead_out(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "html" / "folder").mkdir(parents=True)
    (tmp_path / "html" / "page.html").write_text("page")
    (tmp_path / "html" / "out.txt").symlink_to(tmp_path / "secret.txt")
    with book.server(tmp_path / "html", 0) as opened:
        threading.Thread(target=opened.serve_forever, daemon=True).start()

        def status(name: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", opened.server_port)
            with contextlib.closing(connection):
                connection.request("GET", name)
                with connection.getresponse() as answer:
                    return answer.status

        assert status("/page.html") == 200
        assert {status(name) for name in ("/out.txt", "/folder/", "/", "/../secret.txt")} == {404}
        opened.shutdown()


def test_an_address_is_taken_from_the_remote_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for remote, address in {
        "https://github.com/a/b.git": "https://github.com/a/b",
        "https://user:secret@codeberg.org/a/b": "https://codeberg.org/a/b",
        "git@github.com:a/b.git": "",
        "/srv/book.git": "",
        "http://localhost/b": "",
        "": "",
    }.items():
        monkeypatch.setattr(book.subprocess, "run", lambda *a, out=remote, **k: Said(out + "\n"))
        assert book.address() == address


class Said:
    def __init__(self, stdout: str) -> None:
        self.stdout = stdout


def test_the_contents_of_the_printed_book_find_their_pages() -> None:
    made = b"".join(b"\n%d 0 obj\n<</Type /Page\n>>" % n for n in (2, 7, 9))
    made += b"\n/sec-a [9 0 R /XYZ 0 1 0]\n/document-book#2Funits [2 0 R /XYZ 0 1 0]"
    assert pdf.pages_of(made, ["document-book/units", "sec-a"]) == [1, 3]
