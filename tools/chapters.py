"""Execute the text sources of the chapters into notebooks, and check that they agree.

A chapter is ``book/NAME.md``, a MyST notebook that people edit. ``book/NAME.ipynb`` is made
from it here: executed, with its outputs, its text in the plain form that every Jupyter shows
(`tools.plain`), and the same bytes each time nothing changed. The pages take its outputs, and
the text from the source.

    python -m tools.chapters NAME [CHANGED ...]    format and execute one; as make calls it
    python -m tools.chapters --text                write the text of all, executing nothing
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from cifcore.book.published import write_whole
from tools import plain
from tools.files import BUILD, ROOT

BOOK = ROOT / "book"


def sources() -> list[Path]:
    """Text sources that are notebooks: those whose front matter names a kernel."""
    return [p for p in sorted(BOOK.glob("*.md")) if "\nkernelspec:\n" in p.read_text("utf-8")]


def formatted(source: Path) -> str:
    """A text source with its code as ruff writes it by ``book/ruff.toml``, imports in order."""
    text, before = source.read_text(encoding="utf-8"), read_source(source)
    told = nbformat.writes(before)
    where = ("--quiet", "--stdin-filename", source.with_suffix(".ipynb"), "-")
    for verb in (("check", "--fix-only", "--exit-zero"), ("format",)):
        command = [Path(sys.executable).parent / "ruff", *verb, *where]
        told = subprocess.check_output(command, input=told, text=True)
    for old, new in zip(_code(before), _code(nbformat.reads(told, as_version=4)), strict=True):
        text = text.replace(f"\n{old}\n```", f"\n{new}\n```", 1)
    return text


def read_source(path: Path) -> NotebookNode:
    """The notebook that a text source stands for: no outputs, no volatile metadata."""
    notebook = jupytext.read(path, fmt="md:myst")
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat_minor = 5
    return notebook


def execute(source: Path) -> NotebookNode:
    """Run one chapter in a kernel of its own."""
    notebook = read_source(source)
    quiet = ["--IPKernelApp.log_level=40"]
    client = NotebookClient(notebook, timeout=120, coalesce_streams=True, extra_arguments=quiet)
    # neither the user's IPython profile nor a display may leave traces in an output
    with tempfile.TemporaryDirectory() as settings:
        own = {
            "IPYTHONDIR": settings,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONHASHSEED": "0",
            "CIF_CHECK_DATA": "",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        client.execute(cwd=source.parent, env=os.environ | own)
    return notebook


def with_outputs(source: Path, outputs: NotebookNode) -> NotebookNode:
    """The cells of a text source with what those of an executed notebook gave."""
    notebook = read_source(source)
    for cell, ran in zip(code_cells(notebook), code_cells(outputs), strict=False):
        cell["outputs"], cell["execution_count"] = ran.outputs, ran.execution_count
    return notebook


def written(source: Path, executed: NotebookNode) -> str:
    """The notebook as it stands in its file: the text in its plain form, and these outputs."""
    told = plain.plain(with_outputs(source, executed), f"{BOOK.name}/{source.stem}")
    return f"{nbformat.writes(told)}\n"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in code_cells(notebook)]


def problems(source: Path) -> list[str]:
    """What keeps a notebook from being the executed form of its text source."""
    path = source.with_suffix(".ipynb")
    if not path.exists():
        return [f"{path.name} is missing: make chapters ONLY={source.stem}"]
    notebook = nbformat.read(path, as_version=4)
    found, code = [], code_cells(notebook)
    if _code(read_source(source)) != _code(notebook):
        found.append("its code is not that of the text source")
    elif written(source, notebook) != path.read_text(encoding="utf-8"):
        found.append("its text is not that of the text source")
    if [cell.execution_count for cell in code] != [*range(1, len(code) + 1)]:
        found.append("it was not executed from top to bottom")
    outputs = [output for cell in code for output in cell.outputs]
    found += [f"it wrote to stderr: {o.text}" for o in outputs if o.get("name") == "stderr"]
    return [f"{path.name}: {what}: make chapters ONLY={source.stem}" for what in found]


def check() -> list[str]:
    """Problems of all chapters, and notebooks that have no text source."""
    found = [problem for source in sources() for problem in problems(source)]
    strays = {path.stem for path in BOOK.glob("*.ipynb")} - {source.stem for source in sources()}
    return found + [f"{name}.ipynb has no text source" for name in sorted(strays)]


def retell(source: Path) -> bool:
    """Put the text of a chapter into its notebook again, if its code is the same."""
    path = source.with_suffix(".ipynb")
    notebook = nbformat.read(path, as_version=4) if path.exists() else None
    if same := notebook is not None and _code(read_source(source)) == _code(notebook):
        write_whole(path, written(source, notebook))
    return same


def make(name: str, changed: list[str]) -> None:
    """Format a chapter and execute it, if more changed than its text."""
    source, stamp = BOOK / f"{name}.md", BUILD / "chapters" / name
    write_whole(source, formatted(source))
    stamp.parent.mkdir(parents=True, exist_ok=True)
    text_alone = [Path(each).name for each in changed] == [source.name] and retell(source)
    if not text_alone or problems(source):
        start = time.perf_counter()
        write_whole(source.with_suffix(".ipynb"), written(source, execute(source)))
        print(told := f"{name}: {time.perf_counter() - start:.0f} s")
        stamp.write_text(told, encoding="utf-8")  # for the page on the status
    if found := problems(source):
        sys.exit("\n".join(found))
    stamp.touch()


if __name__ == "__main__":
    what, *changed = sys.argv[1:]
    try:
        if what != "--text":
            make(what, changed)
        else:  # a title or a number in one is told in others
            for source in sources():
                retell(source)
    except (CellExecutionError, OSError) as error:
        sys.exit(f"{what}: {error}")
