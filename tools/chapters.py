"""Execute the text sources of the chapters into notebooks, and check that they agree.

A chapter is ``book/NAME.md``, a MyST notebook that people edit. ``book/NAME.ipynb`` is made
from it here: executed, with its outputs, its text in the plain form that every Jupyter shows
(`tools.plain`), and the same bytes each time nothing changed. The pages take its outputs, and
the text from the source.

    python -m tools.chapters [NAME ...]     execute what changed
    python -m tools.chapters --force        execute all
    python -m tools.chapters --check        only compare, executing nothing
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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
from tools.files import BUILD, ROOT, digest, one_at_a_time, write_atomically

BOOK = ROOT / "book"
STAMPS = BUILD / "chapters.json"
TIMES = BOOK / "data" / "times.json"
_NOTING = threading.Lock()
WIDGETS = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


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
        if cell.cell_type == "code":
            cell["outputs"] = _joined(cell.outputs)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data["image/svg+xml"] = compact_svg(data["image/svg+xml"])
            if "image/png" in data:
                data["image/png"] = compact_png(data["image/png"])
    return _renumber_widgets(notebook)


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Text printed in one go, however many pieces it arrived in."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last is not None and output.output_type == "stream" == last.output_type:
            if output.name == last.name:
                last["text"] += output.text
                continue
        joined.append(output)
    return joined


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


def _renumber_widgets(notebook: NotebookNode) -> NotebookNode:
    widgets = notebook.metadata.get("widgets", {}).get(WIDGETS)
    if widgets is None:
        return notebook
    text = nbformat.writes(notebook)
    # Views come first, in reading order; the models they are made of follow as first mentioned.
    models = sorted(widgets["state"], key=text.index)
    for number, model in enumerate(models):
        text = text.replace(model, hashlib.sha256(f"widget {number}".encode()).hexdigest()[:32])
    return nbformat.reads(text, as_version=4)


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


def _inputs(source: Path) -> str:
    package = [p for p in (ROOT / "cifcore").rglob("*") if p.suffix in {".py", ".toml"}]
    code = "\0".join(_code(read_source(source)))
    return hashlib.sha256(f"{code}{digest([Path(__file__), *package])}".encode()).hexdigest()


def _outputs(notebook: Path) -> str:
    cells = nbformat.read(notebook, as_version=4).cells
    outputs = [cell.outputs for cell in cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def write_text(source: Path) -> None:
    """Put the text of a chapter into its notebook again, where its code is the same."""
    path = source.with_suffix(".ipynb")
    if path.exists():
        expected, notebook = read_source(source), nbformat.read(path, as_version=4)
        if _code(expected) == _code(notebook):
            told = with_plain_text(with_outputs(expected, notebook), source)
            if write_atomically(path, dumps(told)):
                print(f"{source.stem}: text rewritten")


def _load_stamps() -> dict[str, Any]:
    try:
        stamps: dict[str, Any] = json.loads(STAMPS.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamps


def make(names: list[str], force: bool) -> int:
    """Execute the chapters whose text or package changed; give the number of failures."""
    chosen = [path for path in sources() if not names or path.stem in names]
    unknown = set(names) - {path.stem for path in chosen}
    if unknown:
        known = ", ".join(path.stem for path in sources())
        print(f"no such chapter: {', '.join(sorted(unknown))}. There are: {known}")
        return 1
    with one_at_a_time("chapters"):
        for path, text in zip(chosen, formatted([_text(path) for path in chosen]), strict=True):
            write_atomically(path, text)
        stamps = _load_stamps()
        due = []
        for source in chosen:
            notebook = source.with_suffix(".ipynb")
            fresh = notebook.exists() and stamps.get(source.stem) == {
                "inputs": _inputs(source),
                "outputs": _outputs(notebook),
            }
            if fresh and not force:
                print(f"{source.stem}: up to date")
            else:
                due.append(source)
        with ThreadPoolExecutor(max_workers=2) as pool:
            try:
                failed = sum(pool.map(lambda source: _make_one(source, stamps), due))
            except KeyboardInterrupt:
                print("stopped: what was being executed is left as it was", file=sys.stderr)
                os._exit(130)  # at once; a kernel ends when it finds its parent gone
        for source in sources():  # a title or a number in one is told in others
            write_text(source)
    return failed


def _make_one(source: Path, stamps: dict[str, Any]) -> int:
    inputs = _inputs(source)
    try:
        notebook, seconds = execute(source)
    except CellExecutionError as error:
        print(f"{source.stem}: failed\n{error}", file=sys.stderr)
        return 1
    path = source.with_suffix(".ipynb")
    changed = write_atomically(path, dumps(notebook))
    print(f"{source.stem}: {seconds:.1f} s, {'rewritten' if changed else 'unchanged'}")
    found = problems(source)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1
    stamps[source.stem] = {"inputs": inputs, "outputs": _outputs(path)}
    write_atomically(STAMPS, json.dumps(stamps, indent=1, sort_keys=True) + "\n")
    _note_time(source.stem, seconds)
    return 0


def _note_time(name: str, seconds: float) -> None:
    """Keep how long a chapter takes, for the reader; small changes are left alone."""
    with _NOTING:
        times = json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}
        if abs(seconds - times.get(name, 0.0)) > 1 + 0.3 * times.get(name, 0.0):
            times[name] = round(seconds)
            write_atomically(TIMES, json.dumps(times, indent=1, sort_keys=True) + "\n")


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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Execute the chapters, or check them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="chapters; all without any")
    parser.add_argument("--force", action="store_true", help="execute even what is up to date")
    parser.add_argument("--check", action="store_true", help="compare only, execute nothing")
    options = parser.parse_args(arguments)
    if options.check:
        found = check()
        print("\n".join(found) if found else "every notebook is in step with its text source")
        return bool(found)
    return make(options.names, options.force) > 0


if __name__ == "__main__":
    sys.exit(main())
