"""Print the book as a PDF, and its package as another: python -m tools.pdf."""

import os
import re
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from tools import book, finish
from tools.files import BUILD, ROOT

PDF = BUILD / "forces-by-currents.pdf"
PACKAGE = BUILD / "forces-by-currents-package.pdf"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOOTER = '<div class="pageNumber" style="width:100%;font:8px sans-serif;text-align:center"></div>'
LAYOUT: Any = {"header_template": "<span></span>", "footer_template": FOOTER}
LAYOUT |= dict.fromkeys(("prefer_css_page_size", "print_background", "display_header_footer"), True)
LAYOUT |= {"outline": True, "tagged": True}


def chromium() -> str | None:
    """Path of the browser: the one of ``CIF_CHROMIUM``, or this machine's, or none."""
    named = os.environ.get("CIF_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def main() -> None:
    from playwright.sync_api import sync_playwright

    browser = chromium() or sys.exit("no Chromium: install one, or name it in CIF_CHROMIUM")
    raw, done = BUILD / "print" / "_build" / "singlehtml", BUILD / "singlehtml"
    shutil.rmtree(raw, ignore_errors=True)
    if failed := book.sphinx("singlehtml", BUILD / "print"):
        sys.exit(failed)
    page = (raw / "book" / "intro.html").rename(raw / "book.html")  # beside its pictures
    text = re.sub(r'((?:src|href)=")\.\./', r"\1", page.read_text(encoding="utf-8"))
    page.write_text(portable(text, f"{book.address()}/blob/main/book/data/"), encoding="utf-8")
    finish.finish(raw, done)
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    who, when = [a["name"] for a in told["authors"]], date.fromisoformat(told["date-released"])
    by = f"{', '.join(who)}. Version {told['version']}, {when.day} {when:%B %Y}."
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for to in PDF, PACKAGE:
            tab = opened.new_page(color_scheme="light", bypass_csp=True)
            tab.goto((done / "book.html").as_uri())
            tab.add_style_tag(path=Path(__file__).with_suffix(".css"))
            tab.emulate_media(media="print")
            tab.evaluate("document.fonts.ready.then(() => true)")
            script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
            places = tab.evaluate(script, {"by": by, "alone": to == PACKAGE})
            if to == PDF:
                links = tab.query_selector_all("#jb-print-toc a")
                for link, at in zip(links, pages_of(tab.pdf(**LAYOUT), places), strict=True):
                    link.evaluate("(link, at) => { link.dataset.page = at; }", at)
            tab.pdf(path=to, **LAYOUT)
        opened.close()
    print(f"The book: {PDF.as_uri()}\nThe package: {PACKAGE.as_uri()}")


def pages_of(pdf: bytes, places: list[str]) -> list[int]:
    """The page of each place, by the list of places that Chromium writes plainly."""
    pages = [int(n) for n in re.findall(rb"\n(\d+) 0 obj\n<</Type /Page\n", pdf)]
    found = re.findall(rb"\n/(\S+) \[(\d+) 0 R /XYZ", pdf)
    page_of = {unquote(name.replace(b"#", b"%").decode()): int(page) for name, page in found}
    return [pages.index(page_of[place]) + 1 for place in places]


def portable(page: str, data: str) -> str:
    """The page with links to other pages as places in itself, and to files as addresses.

    A row has the same name in its chapter and in the ledger: from the chapter the way leads to the
    top of that. Texts of licences, and files without a public address, come with the pages only.
    """
    link = r'<a\b[^>]*\bhref="{}"[^>]*>(.*?)</a>'.format
    page = re.sub(link(r'[^"]*_static/licences/[^"]*'), r"\1", page, flags=re.DOTALL)
    page = re.sub(r'(href=")claims\.html#row-[^"]*"', r'\1#sec-claims"', page)
    page = re.sub(r'(href=")[\w./-]+\.html(#[^"]+")', r"\1\2", page)
    if not data.startswith("https://"):
        return re.sub(link(r'[\w./-]*_downloads/[^"]*'), r"\1", page, flags=re.DOTALL)
    return re.sub(r'(href=")[\w./-]*_downloads/\w+/([^"/]+")', rf"\g<1>{data}\2", page)


if __name__ == "__main__":
    main()
