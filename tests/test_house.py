"""The rules of the house, by the syntax tree: rooms, names, sizes, and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "cifcore"
# a room imports from itself and from those before it
ROOMS = ("ground", "electrons", "force", "positions", "motion", "quantum", "sweeps", "book")
FILES = sorted(path for path in ROOT.rglob("*.py"))
LONGEST = 60  # lines of code in a function; a hot kernel says so in its docstring


def room(module: str) -> str:
    """The room of `cifcore.room.module`; what stands beside the rooms is the ground."""
    parts = module.split(".")[1:]
    return parts[0] if parts and parts[0] in ROOMS else "ground"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)


def imports(tree: ast.AST) -> list[tuple[str, str]]:
    """(module, name) of everything imported from cifcore."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cifcore"):
            found += [(str(node.module), alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(a.name, "") for a in node.names if a.name.startswith("cifcore")]
    return found


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_rooms_import_downwards_and_no_private_names(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    here = room(module_of(path))
    modules = set()
    for module, name in imports(tree):
        target = f"{module}.{name}" if (ROOT.parent / module.replace(".", "/")).is_dir() else module
        face = path.name in ("__init__.py", "__main__.py") and path.parent == ROOT
        assert face or ROOMS.index(room(target)) <= ROOMS.index(here), f"{path}: imports {target}"
        assert not name.startswith("_") or name == "_check", f"{path}: imports {name}"
        modules.add(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            assert not (private and node.value.id in modules), f"{path}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_functions_are_short_and_no_module_bears_the_name_of_one(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        own = node in tree.body and node.name == path.stem
        assert not own or room(module_of(path)) == "book", f"{path} holds {node.name}"
        text = ast.get_docstring(node)
        first = node.body[1] if text is not None and len(node.body) > 1 else node.body[0]
        lines = (node.end_lineno or 0) - first.lineno + 1
        assert lines <= LONGEST or "hot" in (text or ""), f"{path}: {node.name} has {lines} lines"


def test_the_package_loads_numpy_and_nothing_heavier() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import cifcore;"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    others = set(run.stdout.split()) - {"cifcore", "numpy"} - set(sys.stdlib_module_names)
    assert not others
