"""Everything that a release consists of, in ``dist``, from the last commit.

    python -m tools.release

The package as sdist and wheel, the book as HTML that opens from its folder and as PDF, the
ledger with its schema, and the checksums of all of them. The wheel is installed into an
environment of its own, which must measure the published ledger. Two releases of one commit on
one machine have the same bytes; ``SOURCE_DATE_EPOCH`` sets their time, by default that of the
commit. The old ``dist`` is replaced as a whole, and only when everything has come out.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from tools import book, pdf, settled
from tools.files import BUILD, ROOT, one_at_a_time

DIST = ROOT / "dist"
DATA = ROOT / "book" / "data"
UV = Path(sys.executable).parent / "uv"
TWINE = "twine==7.0.0"


class NotReady(Exception):
    """Why there is no release."""


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> str:
    """What a command printed; its errors go to the terminal."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotReady(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def version() -> str:
    """The version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def moment(root: Path = ROOT) -> int:
    """The time that everything carries, in seconds since 1970."""
    return int(
        os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct", cwd=root)
    )


def uncommitted(root: Path = ROOT) -> str:
    """Files that are not as in the last commit, one a line."""
    return run("git", "status", "--porcelain", cwd=root)


def package(folder: Path, when: int) -> Path:
    """Sdist and wheel of the last commit into `folder`; gives the wheel."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        run("git", "archive", "--output", f"{source}.tar", "HEAD")
        with tarfile.open(f"{source}.tar") as committed:
            committed.extractall(source, filter="data")
        own = ("--quiet", "--python", sys.executable, "--out-dir", folder)
        run(UV, "build", *own, source, SOURCE_DATE_EPOCH=str(when))
    (folder / ".gitignore").unlink(missing_ok=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    sdist.write_bytes(settled.tarball(sdist.read_bytes(), when))
    twine = ("tool", "run", "--quiet", "--python", sys.executable, "--from", TWINE, "twine")
    run(UV, *twine, "check", "--strict", sdist, wheel)
    return wheel


def measured(wheel: Path) -> str:
    """The ledger that the wheel measures in an environment with nothing else in it."""
    with tempfile.TemporaryDirectory() as scratch:
        run(UV, "venv", "--quiet", "--python", sys.executable, f"{scratch}/venv")
        python = Path(scratch) / "venv" / "bin" / "python"
        run(UV, "pip", "install", "--quiet", "--python", python, wheel)
        return run(python, "-I", "-m", "cifcore", "claims", "--json", cwd=Path(scratch))


def same_rows(ours: str, published: str) -> None:
    """Raise if a row is not as published, and name it."""
    old, new = ({row["id"]: row for row in json.loads(text)} for text in (published, ours))
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            raise NotReady(
                f"the installed wheel measures another row {name} than book/data/ledger.json: "
                f"{new.get(name)} instead of {old.get(name)}"
            )


def printed(when: int) -> bytes:
    """The book as PDF; it must not lead to files of this machine."""
    if pdf.main():
        raise NotReady("the PDF could not be made")
    data = settled.pdf(pdf.PDF.read_bytes(), when)
    if b"(file://" in data:
        raise NotReady(f"{pdf.PDF} has links to files of this machine")
    return data


def checksums(folder: Path) -> str:
    """What ``sha256sum --check`` reads."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    )


def main() -> int:
    if changed := uncommitted():
        raise NotReady(f"a release is made of what is committed; these files are not:\n{changed}")
    if book.build():
        raise NotReady("the book could not be built")
    when, name = moment(), f"forces-by-currents-{version()}"
    with one_at_a_time("release"), tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        folder = Path(scratch) / "dist"
        folder.mkdir()
        same_rows(measured(package(folder, when)), (DATA / "ledger.json").read_text("utf-8"))
        for path in (DATA / "ledger.json", DATA / "ledger.schema.json"):
            shutil.copyfile(path, folder / path.name)
        (folder / f"{name}-html.zip").write_bytes(settled.zipped(book.HTML, name, when))
        (folder / f"{name}.pdf").write_bytes(printed(when))
        (folder / "SHA256SUMS").write_text(checksums(folder), encoding="utf-8")
        if DIST.exists():
            DIST.rename(Path(scratch) / "before")
        folder.rename(DIST)
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size:>10}  {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotReady as reason:
        sys.exit(f"no release: {reason}")
