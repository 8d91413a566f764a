"""The built book: complete, without warnings, and asking the network for nothing."""

from __future__ import annotations

import json
import re
import threading
from html import unescape
from importlib.metadata import distribution
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from book._ext import cif_pages
from tools import book, finish, pdf
from tools.files import ROOT


def test_what_pages_and_sheets_name_is_there(html: Path) -> None:
    missing = []
    for path in [p for kind in ("html", "css") for p in html.rglob(f"*.{kind}")]:
        text = re.sub(r"(?s)<code.*?</code>|<pre.*?</pre>", "", path.read_text("utf-8"))
        names = re.findall(r'<[^>]*\s(?:src|href)="([^"#?]+)', text)
        names += re.findall(r"url\(['\"]?([^'\")#?]+)", text) if path.suffix == ".css" else []
        local = {name for name in names if not re.match(r"[a-z]+:|//", name)}
        missing += [(path.name, name) for name in local if not (path.parent / name).exists()]
        if path.suffix == ".html" and "_static" not in path.parts and path.stem != "index":
            assert "content=\"default-src 'none'; " in text, path
            names = re.findall(r'<[^>]*\sid="([^"]+)"', text)
            assert len(names) == len(set(names)), path
    assert missing == []


FOREIGN = (
    r"<(?:video|audio|embed|object|iframe|base)\b[^>]*>",
    r"<[^>]*\son\w+\s*=[^>]*>",
    r"<[^>]*=\s*['\"]?\s*javascript:[^>]*>",
    r"<[^>]*\s(?:src|srcset|data|poster|formaction)=['\"](?:https?:)?//[^>]*>",
    r"<link\b(?![^>]*rel=\"(?:canonical|search)\")[^>]*href=['\"](?:https?:)?//[^>]*>",
    r"<form\b(?![^>]*action=\"(?:#|(?:\.\./)*search\.html|)\")[^>]*>",
    r"<form\b(?![^>]*method=\"get\")[^>]*>",
)
"""What no page has: what runs or is asked for elsewhere, and forms but those of the search."""


def test_nothing_in_pages_runs_or_leads_elsewhere(html: Path) -> None:
    found = []
    for path in html.rglob("*.html"):
        if "_static" not in path.relative_to(html).parts:
            text = re.sub(r"(?s)<(code|pre|textarea)\b.*?</\1>", "", path.read_text("utf-8"))
            found += [
                (path.name, at[0][:150]) for rule in FOREIGN for at in re.finditer(rule, text)
            ]
    assert found == []


@pytest.mark.parametrize(
    "added",
    [
        '<video src="a.mp4">',
        '<img src="https://elsewhere.org/a.png">',
        '<a href=" javascript:alert(1)">',
        '<p onclick="alert(1)">',
        '<link rel="stylesheet" href="//elsewhere.org/a.css">',
        '<form method="get" action="https://elsewhere.org/">',
    ],
)
def test_what_would_run_or_lead_elsewhere_is_seen(added: str) -> None:
    assert any(re.search(rule, added) for rule in FOREIGN)


def test_the_book_is_shown_without_lists_and_links_that_lead_out(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "html" / "folder").mkdir(parents=True)
    (tmp_path / "html" / "page.html").write_text("page")
    (tmp_path / "html" / "out.txt").symlink_to(tmp_path / "secret.txt")
    with book.server(tmp_path / "html", 0) as opened:
        threading.Thread(target=opened.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{opened.server_port}"
        assert urlopen(f"{site}/page.html").read() == b"page"
        for name in ("/out.txt", "/folder/", "/", "/../secret.txt"):
            with pytest.raises(HTTPError, match="404"):
                urlopen(site + name)
        opened.shutdown()


def test_every_public_module_is_on_the_page_of_the_package(html: Path) -> None:
    package = ROOT / "cifcore"
    paths = [*package.glob("[a-z]*.py"), *package.glob("*/[a-z]*.py")]
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}
    text = (html / "book" / "api.html").read_text(encoding="utf-8")
    assert set(re.findall(r"<h2><code[^>]*>(?:<span[^>]*>)?([\w.]+)", text)) == modules


def test_all_that_others_wrote_has_a_licence(html: Path) -> None:
    """Each file in the folder of scripts is ours, made here, or of a package on the list."""
    static, listed = html / "_static", unescape((html / "book/licences.html").read_text("utf-8"))
    for name, *_ in cif_pages.others():
        assert f"<td><p>{name}</p></td>" in listed
        assert len((static / cif_pages.text_name(name)).read_text("utf-8")) > 500, name
    known = {path.name for path in (ROOT / "book" / "_static").rglob("*")}
    for name in cif_pages.PYTHON.split():
        for file in distribution(name).files or ():
            known |= {file.name, file.stem, file.name.removesuffix("_t")}  # templates, too
    made = re.compile(
        r"scenes/|licences/|book-\w+\.css|previews/symbols\.js|fonts/(MathJax_|source-)|mystnb\.|"
        r"pygments\.css"
    )
    found = {str(path.relative_to(static)): path for path in static.rglob("*.*")}
    left = {name for name, path in found.items() if path.name not in known}
    assert sorted(name for name in left if not made.match(name)) == []


def test_scripts_of_others_hold_only_what_is_named(html: Path) -> None:
    """Read from the source maps that come with the theme."""
    inside = set()
    for name in cif_pages.PYTHON.split():
        for file in distribution(name).files or ():
            if file.name.endswith(".map"):
                for source in json.loads(file.read_text(encoding="utf-8"))["sources"]:
                    inside |= set(re.findall(r"node_modules/((?:@[^/]+/)?[^/]+)/", source)[-1:])
    assert len(inside) > 3
    listed = unescape((html / "book/licences.html").read_text(encoding="utf-8"))
    assert [name for name in inside if f">{name}<" not in listed] == []


@pytest.mark.parametrize(
    "added",
    [
        "<script>alert(1)</script>",
        '<SCRIPT type="module">import "x"</SCRIPT >',
        "<style>p { color: red }</style>",
    ],
)
def test_the_policy_refuses_what_it_does_not_know(added: str, html: Path) -> None:
    """Whatever found its way into a page, or around it, ends the build instead of being allowed."""
    page = (html / "book" / "status.html").read_text(encoding="utf-8")
    assert "script-src 'self'" in finish.policy({Path("a"): page})
    for place in ("</article>", "</body>"):
        with pytest.raises(ValueError, match="a holds a"):
            finish.policy({Path("a"): page.replace(place, added + place)})


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


def test_the_contents_of_the_printed_book_find_their_pages() -> None:
    made = b"".join(b"\n%d 0 obj\n<</Type /Page\n>>" % n for n in (2, 7, 9))
    made += b"\n/sec-a [9 0 R /XYZ 0 1 0]\n/document-book#2Funits [2 0 R /XYZ 0 1 0]"
    assert pdf.pages_of(made, ["document-book/units", "sec-a"]) == [1, 3]


class Said:
    def __init__(self, stdout: str) -> None:
        self.stdout = stdout


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("https://user:secret@codeberg.org/a/b", "https://codeberg.org/a/b"),
        *(
            (other, "")
            for other in ("git@github.com:a/b.git", "/srv/b.git", "http://localhost/b", "")
        ),
    ],
)
def test_an_address_is_taken_from_the_remote_alone(
    remote: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book.subprocess, "run", lambda *a, **k: Said(remote + "\n"))
    assert book.address() == address


def test_numbers_are_set_and_code_is_left_alone() -> None:
    told = "<td>-1.5e-3 to 1e6, 12 %</td> <b>5.0</b> % of x-2 <pre>-1e6 5 %</pre>"
    good = "<td>−1.5 × 10⁻³ to 10⁶, 12\u00a0%</td> <b>5.0</b>\u00a0% of x-2 <pre>-1e6 5 %</pre>"
    assert finish.mend(told) == good


@pytest.mark.parametrize("name", ["hysteresis", "validity"])
def test_no_line_ends_between_a_formula_and_its_number_or_what_closes_it(
    name: str, html: Path
) -> None:
    text = (html / "book" / f"{name}.html").read_text("utf-8")
    formula = '<span class="math notranslate nohighlight">'
    number = '<span class="pasted-text">[^<]*</span>'
    assert text.count('<span class="cif-bound">') > 10
    assert re.findall(rf'(?<!cif-bound">)(?:\(|{number}){formula}', text) == []
    closed = re.findall(
        rf"(?s)(.{{11}}){formula}(?:(?!</mjx-container>).)*</mjx-container></span>[,.;:!?)]", text
    )
    loose = [before for before in closed if not before.endswith(('bound">', 'bound">(', "</span>"))]
    assert closed and loose == []
