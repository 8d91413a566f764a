"""The built book: complete, without warnings, and asking the network for nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tools import book
from tools.book import HTML
from tools.files import BUILD, ROOT
from tools.vendor import FILES, MODULES


@pytest.fixture(scope="session")
def pages() -> dict[str, BeautifulSoup]:
    """All pages of the book, built with every warning an error (a no-op if up to date)."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.book", "build"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = {
        str(path.relative_to(HTML)): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(HTML.rglob("*.html"))
        if "_static" not in path.parts
    }
    assert "book/intro.html" in found
    return found


def test_pages_load_nothing_from_elsewhere(pages: dict[str, BeautifulSoup]) -> None:
    loading = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}
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


@pytest.fixture(scope="session")
def licences(pages: dict[str, BeautifulSoup]) -> dict[str, list[str]]:
    """Name of each package on the page of licences: version, licence, and where its text is."""
    found = {}
    for row in pages["book/licences.html"].select("article tbody tr"):
        name, version, licence = row.find_all("td")
        link = licence.a["href"] if licence.a else ""
        found[name.get_text()] = [version.get_text(), licence.get_text(), link]
    return found


def test_all_that_is_vendored_has_a_licence(licences: dict[str, list[str]]) -> None:
    vendored = set()
    for pattern in FILES:
        first, second, *_ = pattern.split("/")
        name = f"{first}/{second}" if first.startswith("@") else first
        vendored |= {str(found.relative_to(MODULES)) for found in MODULES.glob(name)}
    assert {"mathjax", "requirejs", "d3-scale", "@jupyter-widgets/html-manager"} <= vendored
    for name in vendored:
        stated = json.loads((MODULES / name / "package.json").read_text(encoding="utf-8"))
        version, licence, link = licences[name]
        assert (version, licence) == (stated["version"], stated["license"]), name
        if name != "requirejs":  # it has its licence at the head of its script
            assert len((HTML / "book" / link).read_text(encoding="utf-8")) > 500, name
    assert [name for name, (_, licence, _) in licences.items() if not licence] == []


def test_every_file_beside_the_pages_is_ours_or_has_a_licence(
    licences: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import cif_licences

    parts = cif_licences.parts(ROOT)
    assert {part.name for part in parts} < set(licences)
    known = [pattern for part in parts for pattern in part.files]
    known += ["cif-palette.css", "preview.png", "licences/*", "scenes/*"]  # made by extensions
    known += ["book-*.css"]  # the style sheets above in one
    static = ROOT / "book" / "_static"
    ours = [path.relative_to(static) for path in static.rglob("*") if "vendor" not in path.parts]
    found = [path.relative_to(HTML / "_static") for path in (HTML / "_static").rglob("*.*")]
    strange = [path for path in found if path not in ours]
    strange = [path for path in strange if not any(fnmatch(str(path), part) for part in known)]
    assert strange == []


def test_two_builds_are_the_same_file_by_file(pages: dict[str, BeautifulSoup]) -> None:
    # below the repository, where the bundler finds its packages
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        again = Path(scratch)
        assert book.make(again / "sphinx", again / "html") == 0
        here, there = (
            {
                path.relative_to(home): path.read_bytes()
                for path in home.rglob("*")
                if path.is_file()
            }
            for home in (HTML, again / "html")
        )
    assert len(here) > 100
    assert sorted(name for name in here | there if here.get(name) != there.get(name)) == []
