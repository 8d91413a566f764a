"""Execute the text sources of the chapters into notebooks, and check that they agree.

A chapter is ``book/NAME.md``, a MyST notebook that people edit. ``book/NAME.ipynb`` is made
from it here: executed, with its outputs, its text in the plain form that every Jupyter shows
(`tools.plain`), and the same bytes each time nothing changed. The pages take its outputs, and
the text from the source.

    python -m tools.chapters NAME [CHANGED ...]    format and execute one; as make calls it
    python -m tools.chapters --text                write the text of all, executing nothing
    python -m tools.chapters --check               only compare all
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from PIL import Image

from cifcore.book.figures import COLOURS
from tools import plain
from tools.files import BUILD, ROOT, write_atomically

BOOK = ROOT / "book"


def sources(book: Path = BOOK) -> list[Path]:
    """Text sources that are notebooks: those whose front matter names a kernel."""
    return [path for path in sorted(book.glob("*.md")) if _is_notebook(path)]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _is_notebook(path: Path) -> bool:
    front = re.match(r"---\n(.*?)\n---\n", _text(path), re.DOTALL)
    return front is not None and re.search(r"^kernelspec:", front[1], re.MULTILINE) is not None


_CELL = re.compile(
    r"^(```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n|(?::[^\n]*\n)+)?\n?)(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_STYLE = [
    "line-length = 88",
    "format.skip-magic-trailing-comma = true",
    "lint.isort.split-on-trailing-comma = false",
]


def formatted(sources: list[str]) -> list[str]:
    """The text sources with their code as ruff writes it, imports in order."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.ipynb" for number in range(len(sources))]
        for path, source in zip(paths, sources, strict=True):
            cells = [nbformat.v4.new_code_cell(found[2]) for found in _CELL.finditer(source)]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        ruff = str(Path(sys.executable).parent / "ruff")
        style = [part for setting in _STYLE for part in ("--config", setting)]
        sort = ("check", "--fix-only", "--select=I,F401", "--isolated")
        for verb in (sort, ("format", "--isolated")):
            subprocess.run([ruff, *verb, *style, "--quiet", folder], check=True)
        done = [nbformat.read(path, as_version=4).cells for path in paths]
    pieces = [_CELL.split(source) for source in sources]  # words, head, code, words, ...
    for piece, cells in zip(pieces, done, strict=True):
        piece[2::3] = [f"{cell.source}\n```" for cell in cells]
    return ["".join(piece) for piece in pieces]


def read_source(path: Path) -> NotebookNode:
    """The notebook that a text source stands for: no outputs, no volatile metadata."""
    notebook = jupytext.reads(_text(path), fmt="md:myst")
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def execute(source: Path) -> tuple[NotebookNode, float]:
    """Run one chapter in a kernel of its own; give the notebook and the seconds it took."""
    notebook = read_source(source)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(source.parent)}},
    )
    start = time.perf_counter()
    client.execute(env=_kernel_environment())
    seconds = time.perf_counter() - start
    return settle(with_plain_text(notebook, source)), seconds


def with_plain_text(notebook: NotebookNode, source: Path) -> NotebookNode:
    """What is written: the cells of a text source, code executed, text in its plain form."""
    return plain.plain(notebook, f"{BOOK.name}/{source.stem}")


def with_outputs(notebook: NotebookNode, outputs: NotebookNode) -> NotebookNode:
    """The cells of a text source with what those of an executed notebook gave."""
    executed = (cell for cell in outputs.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code" and (ran := next(executed, None)) is not None:
            cell["outputs"], cell["execution_count"] = ran.outputs, ran.execution_count
    notebook["metadata"] = outputs.metadata
    return notebook


def _kernel_environment() -> dict[str, str]:
    # Neither the user's IPython profile nor a display may leave traces in an output.
    settings = tempfile.gettempdir() + f"/ipython-{os.getuid()}-{os.getpid()}"
    return {
        **os.environ,
        "IPYTHONDIR": settings,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def settle(notebook: NotebookNode) -> NotebookNode:
    """Take out of an executed notebook what differs from one run to the next."""
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data["image/svg+xml"] = compact_svg(data["image/svg+xml"])
            if "image/png" in data:
                data["image/png"] = compact_png(data["image/png"])
    return notebook


def compact_svg(svg: str) -> str:
    """The same picture without prologue, and with coordinates to a hundredth of a point."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<style type=\"text/css\">\*\{[^}]*\}</style>", "", svg)
    return re.sub(
        r'(?<= d=")[^"]*|(?<=translate\()[^)]*|(?<= x=")[^"]*|(?<= y=")[^"]*',
        lambda found: re.sub(r"-?\d+\.\d{3,}", _two_decimals, found[0]),
        svg,
    )


def compact_png(encoded: str) -> str:
    """The same picture on the colour of paper, in few colours.

    Jupyter shows it where it does not trust a notebook to show its SVG.
    """
    drawn = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    page = Image.new("RGBA", drawn.size, COLOURS["paper"])
    page.alpha_composite(drawn)
    few = page.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode() + "\n"


def _two_decimals(number: re.Match[str]) -> str:
    short = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def dumps(notebook: NotebookNode) -> str:
    """The bytes of a notebook, keys in order."""
    text: str = nbformat.writes(notebook)
    return text if text.endswith("\n") else text + "\n"


def problems(source: Path, notebook_path: Path | None = None) -> list[str]:
    """What keeps a notebook from being the executed form of its text source."""
    path = notebook_path or source.with_suffix(".ipynb")
    if not path.exists():
        return [f"{path.name} is missing"]
    notebook = nbformat.read(path, as_version=4)
    expected = read_source(source)
    found = _out_of_step("code cell", _code(expected), _code(notebook))
    if not found:
        told = with_plain_text(with_outputs(expected, notebook), source)
        found = _out_of_step("cell", [*map(_essence, told.cells)], [*map(_essence, notebook.cells)])
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    if counts != list(range(1, len(code) + 1)):
        found.append(f"not executed from top to bottom: execution counts are {counts}")
    for number, cell in enumerate(code, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"code cell {number} ended in {output.ename}")
            elif output.output_type == "stream" and output.name == "stderr":
                found.append(f"code cell {number} wrote to stderr: {output.text.strip()[:200]}")
    return [f"{path.name}: {what}" for what in found]


def _essence(cell: NotebookNode) -> tuple[str, str, str]:
    return cell.cell_type, cell.source, json.dumps(cell.metadata, sort_keys=True)


def _code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def _out_of_step(what: str, expected: list[Any], found: list[Any]) -> list[str]:
    for number, (a, b) in enumerate(zip(expected, found, strict=False), start=1):
        if a != b:
            return [f"{what} {number} is not that of the text source: make chapters"]
    if len(expected) != len(found):
        return [f"has {len(found)} {what}s, the text source {len(expected)}: make chapters"]
    return []


def write_text(source: Path) -> None:
    """Put the text of a chapter into its notebook again, where its code is the same."""
    path = source.with_suffix(".ipynb")
    if path.exists():
        expected, notebook = read_source(source), nbformat.read(path, as_version=4)
        if _code(expected) == _code(notebook):
            told = with_plain_text(with_outputs(expected, notebook), source)
            write_atomically(path, dumps(told))


def check(book: Path = BOOK) -> list[str]:
    """Problems of all chapters, and notebooks that have no text source."""
    texts = [_text(source) for source in sources(book)]
    found = [
        f"{source.name}: its code is not formatted: make chapters ONLY={source.stem}"
        for source, text, better in zip(sources(book), texts, formatted(texts), strict=True)
        if text != better
    ]
    found += [problem for source in sources(book) for problem in problems(source)]
    with_source = {source.stem for source in sources(book)}
    strays = [path.name for path in sorted(book.glob("*.ipynb")) if path.stem not in with_source]
    return found + [f"{name} has no text source" for name in strays]


def make(name: str, changed: list[str]) -> None:
    """Format a chapter and execute it, if more changed than its text."""
    source, stamp = BOOK / f"{name}.md", BUILD / "chapters" / name
    write_atomically(source, formatted([_text(source)])[0])
    path = source.with_suffix(".ipynb")
    if [Path(each).name for each in changed] == [source.name] and path.exists():
        write_text(source)
        if not problems(source):
            return stamp.touch()
    notebook, seconds = execute(source)
    write_atomically(path, dumps(notebook))
    if found := problems(source):
        raise RuntimeError("\n".join(found))
    print(f"{name}: {seconds:.0f} s")
    write_atomically(stamp, f"{seconds:.0f}\n")
    return stamp.touch()


def main(*arguments: str) -> int:
    name, *changed = arguments
    if name == "--check":
        found = check()
        print("\n".join(found), end="\n" if found else "", file=sys.stderr)
        return bool(found)
    if name == "--text":
        for source in sources():  # a title or a number in one is told in others
            write_text(source)
        return 0
    try:
        make(name, changed)
    except (CellExecutionError, RuntimeError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
