"""Print the whole book as one PDF: a single HTML page, its mathematics set, through Chromium.

python -m tools.pdf
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import vendor
from tools.chromium import chromium
from tools.files import BUILD, ROOT
from tools.pdf_links import data_address, portable

SINGLE = BUILD / "singlehtml"
PDF = BUILD / "forces-by-currents.pdf"
FOOTER = (
    '<div style="width:100%;font:8px sans-serif;text-align:center">'
    '<span class="pageNumber"></span></div>'
)
STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm; }
html { font-size: 14px; }
.bd-sidebar, .bd-header-article, .bd-sidebar-secondary, .prev-next-footer, .bd-header,
#pst-skip-link, .search-button__wrapper, .headerlink, footer, details.hide,
.bd-toc { display: none !important; }
.toctree-wrapper > section { break-before: page; }
.toctree-wrapper > section > h2:first-of-type { font-size: 1.9rem; margin-top: 0; }
pre { white-space: pre-wrap !important; font-size: 8pt !important; }
dl.py.data > dt.sig { max-height: 4.5em; overflow: hidden !important; }
.pst-scrollable-table-container { overflow: visible !important; }
table { font-size: 8.5pt !important; }
tr { break-inside: avoid; }
h1, h2, h3 { break-after: avoid; }
figure, div.math { break-inside: avoid; }
"""


def main() -> int:
    from playwright.sync_api import sync_playwright

    vendor.main()
    browser = chromium()
    if browser is None:
        print("no Chromium: install one, or name it in CIF_CHROMIUM", file=sys.stderr)
        return 1
    shutil.rmtree(SINGLE, ignore_errors=True)
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(ROOT)]
    done = subprocess.run(
        [*command, "--builder", "singlehtml", "--path-output", str(BUILD / "print")],
        cwd=ROOT,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode:
        return done.returncode
    shutil.copytree(BUILD / "print" / "_build" / "singlehtml", SINGLE)
    page = _root_page(SINGLE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = opened.new_page(color_scheme="light")
        tab.goto(page.as_uri())
        tab.wait_for_function("!window.MathJax || !MathJax.startup || MathJax.startup.promise")
        tab.add_style_tag(content=STYLE)
        tab.emulate_media(media="print")
        tab.pdf(
            path=PDF,
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            outline=True,
            tagged=True,
        )
        opened.close()
    print(f"The book: {PDF.as_uri()}")
    return 0


def _root_page(folder: Path) -> Path:
    """The one page of the book, at the top of its folder so that it finds its style sheets."""
    (page,) = [p for p in folder.rglob("intro.html") if "_static" not in p.parts]
    text = page.read_text(encoding="utf-8")
    if page.parent != folder:
        text = re.sub(r'((?:src|href)=")\.\./', r"\1", text)
        page = folder / "book.html"
    page.write_text(portable(text, data_address()), encoding="utf-8")
    return page


if __name__ == "__main__":
    sys.exit(main())
