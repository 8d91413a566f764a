"""Files that are whole or not there, and digests of what a step depends on."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"


def write_atomically(path: Path, text: str) -> bool:
    """Replace `path` as a whole; say whether anything changed."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return True


def digest(paths: Iterable[Path]) -> str:
    """One hash of the names and contents of these files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        name = os.path.relpath(path, ROOT)
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Wait while another process does the same thing in this folder."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / f".{what}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
