"""Print the whole book as one PDF: a single HTML page, its mathematics set, through Chromium.

python -m tools.pdf
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import mathematics, vendor
from tools.chromium import chromium
from tools.files import BUILD, ROOT, one_at_a_time
from tools.mend import mend
from tools.pdf_links import data_address, portable

SINGLE = BUILD / "singlehtml"
PDF = BUILD / "forces-by-currents.pdf"
FOOTER = (
    '<div style="width:100%;font:8px sans-serif;text-align:center">'
    '<span class="pageNumber"></span></div>'
)
STYLE = """
@page { size: A4; margin: 18mm 18mm 20mm; }
html { font-size: 12.5px; }
.bd-sidebar, .bd-header-article, .bd-sidebar-secondary, .prev-next-footer, .bd-header,
#pst-skip-link, .search-button__wrapper, .headerlink, footer, details.hide,
.bd-toc { display: none !important; }
body, .bd-container, .bd-container__inner, .bd-main, .bd-content, .highlight,
div[class^="highlight-"] { display: block !important; }
.bd-article-container { max-width: none !important; }
.bd-article { padding-inline: 0 !important; }
.toctree-wrapper > section { break-before: page; }
.toctree-wrapper > section > h2:first-of-type { font-size: 1.9rem; margin-top: 0; }
pre { white-space: pre-wrap !important; font-size: 7.5pt !important; orphans: 4; widows: 4; }
dl.py.data > dt.sig { max-height: 4.5em; overflow: hidden !important; }
pre, .cell_input, .cell_output, .output,
.pst-scrollable-table-container { overflow: visible !important; }
pre, table, .highlight, div[class^="highlight-"] { break-inside: auto !important; }
table { font-size: 8pt !important; }
td, th { padding: 0.25em 0.6em !important; }
td p, th p { margin: 0 !important; line-height: 1.3; }
dl.py { font-size: 8.5pt; margin-bottom: 0.6em !important; line-height: 1.4; }
dl.py p, dl.py dl, dl.py ul, dl.py dd { margin-block: 0.15em !important; }
tr { break-inside: avoid; }
h1, h2, h3 { break-after: avoid; }
figure, div.math { break-inside: avoid; }
figure img, .cif-drawing { max-width: 78% !important; margin-inline: auto; }
"""


@one_at_a_time("pdf")
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
    page, partial = _root_page(SINGLE), PDF.with_suffix(".partial")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = opened.new_page(color_scheme="light")
        tab.goto(page.as_uri())
        tab.add_style_tag(content=STYLE)
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
    formulas = f"_static/{mathematics.FONTS}"
    set_, style = mathematics.typeset({page: mend(text)}, formulas)
    whole = portable(set_[page], data_address())
    page.write_text(whole.replace("</head>", f"<style>{style}</style></head>", 1), encoding="utf-8")
    return page


if __name__ == "__main__":
    sys.exit(main())
