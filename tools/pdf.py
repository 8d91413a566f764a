"""Print the whole book as one PDF: a single HTML page, its mathematics set, through Chromium.

python -m tools.pdf
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from tools import book, formulas
from tools.files import BUILD
from tools.finish import mend

SINGLE = BUILD / "singlehtml"
PDF = BUILD / "forces-by-currents.pdf"
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
    page, partial = _root_page(SINGLE), PDF.with_suffix(".partial")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = opened.new_page(color_scheme="light")
        tab.goto(page.as_uri())
        tab.add_style_tag(path=Path(__file__).with_suffix(".css"))
        tab.emulate_media(media="print")
        tab.evaluate("document.fonts.ready.then(() => true)")
        tab.pdf(
            path=partial,
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            outline=True,
            tagged=True,
        )
        opened.close()
    partial.replace(PDF)
    print(f"The book: {PDF.as_uri()}")
    return 0


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
