"""Print the book as a PDF, and its package as another: one page of HTML, through Chromium.

python -m tools.pdf
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tools import book, formulas
from tools.files import BUILD, ROOT
from tools.finish import mend

SINGLE = BUILD / "singlehtml"
PDF = BUILD / "forces-by-currents.pdf"
PACKAGE = BUILD / "forces-by-currents-package.pdf"
FOOTER = (
    '<div style="width:100%;font:8px sans-serif;text-align:center">'
    '<span class="pageNumber"></span></div>'
)


NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Path of the browser: the one of ``CIF_CHROMIUM``, or this machine's, or none."""
    named = os.environ.get("CIF_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def main() -> int:
    from playwright.sync_api import sync_playwright

    browser = chromium()
    if browser is None:
        print("no Chromium: install one, or name it in CIF_CHROMIUM", file=sys.stderr)
        return 1
    if failed := book.sphinx("singlehtml", BUILD / "print"):
        return failed
    shutil.rmtree(SINGLE, ignore_errors=True)
    shutil.copytree(BUILD / "print" / "_build" / "singlehtml", SINGLE)
    page = _root_page(SINGLE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for part, to in ("book", PDF), ("package", PACKAGE):
            tab = opened.new_page(color_scheme="light")
            tab.goto(page.as_uri())
            tab.add_style_tag(path=Path(__file__).with_suffix(".css"))
            tab.emulate_media(media="print")
            tab.evaluate("document.fonts.ready.then(() => true)")
            script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
            places = tab.evaluate(script, {"part": part, "by": _by()})
            if part == "book":
                numbers = pages_of(_printed(tab), places)
                tab.evaluate(_NUMBER, numbers)
            partial = to.with_suffix(".partial")
            partial.write_bytes(_printed(tab))
            partial.replace(to)
            tab.close()
        opened.close()
    print(f"The book: {PDF.as_uri()}\nThe package: {PACKAGE.as_uri()}")
    return 0


_NUMBER = """numbers => document.querySelectorAll("#jb-print-toc a").forEach((link, i) => {
    link.dataset.page = numbers[i];
})"""


def _printed(tab: Any) -> bytes:
    pdf: bytes = tab.pdf(
        prefer_css_page_size=True,
        print_background=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER,
        outline=True,
        tagged=True,
    )
    return pdf


def pages_of(pdf: bytes, places: list[str]) -> list[int]:
    """The page of each place, by the list of places that Chromium writes plainly."""
    pages = [int(n) for n in re.findall(rb"\n(\d+) 0 obj\n<</Type /Page\n", pdf)]
    found = dict(re.findall(rb"\n/(\S+) \[(\d+) 0 R /XYZ", pdf))
    named = {
        re.sub(rb"#(..)", lambda m: bytes.fromhex(m[1].decode()), n): p for n, p in found.items()
    }
    return [pages.index(int(named[place.encode()])) + 1 for place in places]


def _by() -> str:
    """Who made the edition, which version it is, and when."""
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    who = ", ".join(author["name"] for author in told["authors"])
    when = date.fromisoformat(told["date-released"])
    return f"{who}. Version {told['version']}, {when.day} {when:%B %Y}."


def _root_page(folder: Path) -> Path:
    """The one page of the book, at the top of its folder so that it finds its style sheets."""
    (page,) = [p for p in folder.rglob("intro.html") if "_static" not in p.parts]
    text = page.read_text(encoding="utf-8")
    if page.parent != folder:
        text = re.sub(r'((?:src|href)=")\.\./', r"\1", text)
        page = folder / "book.html"
    set_, style = formulas.typeset({page: mend(text)}, f"_static/{formulas.FONTS}")
    whole = portable(set_[page], f"{book.address()}/blob/main/book/data/")
    page.write_text(whole.replace("</head>", f"<style>{style}</style></head>", 1), encoding="utf-8")
    return page


def portable(page: str, data: str) -> str:
    """The page with links to other pages as places in itself, and to files as addresses.

    A row of the ledger has the same name in its chapter and in the ledger; from the chapter
    the way leads to the top of the ledger. The texts of the licences come with the pages only,
    and so do files if the repository has no public address.
    """
    link = r'<a\b[^>]*\bhref="{}"[^>]*>(.*?)</a>'.format
    page = re.sub(link(r'[^"]*_static/licences/[^"]*'), r"\1", page, flags=re.DOTALL)
    page = re.sub(r'(href=")claims\.html#row-[^"]*"', r'\1#sec-claims"', page)
    page = re.sub(r'(href=")[\w./-]+\.html(#[^"]+")', r"\1\2", page)
    if not data.startswith("https://"):
        return re.sub(link(r'[\w./-]*_downloads/[^"]*'), r"\1", page, flags=re.DOTALL)
    return re.sub(r'(href=")[\w./-]*_downloads/\w+/([^"/]+")', rf"\g<1>{data}\2", page)


if __name__ == "__main__":
    sys.exit(main())
