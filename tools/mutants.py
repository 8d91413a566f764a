"""Break the physics on purpose, one small change at a time, and see whether the tests notice.

    python -m tools.mutants [--each 12] [--seed 1] [MODULE ...]

A mutant is a module with one sign, operator, comparison, factor or index changed. Each runs in a
copy of the repository against the tests that cover the module. Writes book/data/mutants.json: how
many were noticed, and which were not, for a person to read: a change of a tolerance or of
a block's size, or one that another branch of the code makes up for, breaks nothing.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tools.files import BUILD, ROOT, one_at_a_time, write_atomically

OUT = ROOT / "book" / "data" / "mutants.json"
TESTS = {
    "device": ("device", "chain", "equilibria"),
    "chain": ("chain", "negf", "response"),
    "negf": ("negf", "friction", "molecule"),
    "response": ("response", "equilibria", "langevin", "properties"),
    "full": ("full", "window"),
    "_window": ("window", "full"),
    "_dot_integrals": ("full",),
    "_band": ("full", "friction"),
    "friction": ("friction", "validity"),
    "_convex": ("equilibria", "equilibria_families", "properties"),
    "_branches": ("equilibria", "equilibria_families", "rectification", "properties"),
    "_scan": ("equilibria", "full_equilibria"),
    "_roots": ("equilibria", "equilibria_families", "full_equilibria"),
    "equilibria": ("equilibria", "equilibria_families", "full_equilibria"),
    "rectification": ("rectification", "properties", "hysteresis", "validity"),
    "drive": ("drive", "motion"),
    "motion": ("motion", "hysteresis"),
    "langevin": ("langevin",),
    "escape": ("fluctuations", "validity"),
    "basins": ("symmetry", "validity"),
    "tabulated": ("full",),
    "molecule": ("molecule", "equilibria"),
    "units": ("units",),
}
"""Modules of physics, and the test files that are to notice."""

_OTHER: dict[type[Any], type[Any]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def places(tree: ast.Module) -> list[ast.AST]:
    """Nodes that can be changed, outside docstrings, messages and annotations."""
    quiet: set[int] = set()
    for node in ast.walk(tree):
        skipped: list[ast.AST | None] = []
        if isinstance(node, ast.Raise):
            skipped = [node]
        elif isinstance(node, ast.FunctionDef):
            skipped = [node.returns, node.args, *node.decorator_list]
        elif isinstance(node, ast.AnnAssign):
            skipped = [node.annotation]
        for part in filter(None, skipped):
            quiet |= {id(below) for below in ast.walk(part)}
    return [node for node in ast.walk(tree) if id(node) not in quiet and _changeable(node)]


def _changeable(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return type(node.op) in _OTHER
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1 and type(node.ops[0]) in _OTHER
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant) and type(node.value) in {int, float} and node.value != 0


def change(node: Any) -> None:
    """Change one node in place."""
    if isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = _OTHER[type(node.op)]()
    elif isinstance(node, ast.Compare):
        node.ops = [_OTHER[type(node.ops[0])]()]
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    elif isinstance(node.value, int):
        node.value += 1
    else:
        node.value *= 1.5


def mutants(module: str, each: int, seed: int) -> list[tuple[str, int, str, str]]:
    """Some mutants of a module: its name, the line, what was changed, and the new text."""
    text = (ROOT / "cifcore" / f"{module}.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    count = len(places(tree))
    chosen = random.Random(f"{module} {seed}").sample(range(count), min(each, count))
    out = []
    for index in sorted(chosen):
        twin = copy.deepcopy(tree)
        node: Any = places(twin)[index]
        before = ast.unparse(node)
        change(node)
        told = f"{before} -> {ast.unparse(node)}"
        out.append((module, node.lineno, told[:160], ast.unparse(twin)))
    return out


def noticed(folder: Path, module: str, text: str, seconds: int = 300) -> bool:
    """Whether the tests of the module fail, or hang, with this text in its place."""
    path = folder / "cifcore" / f"{module}.py"
    original = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    tests = [f"tests/test_{name}.py" for name in TESTS[module]]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=seconds, env=settings
        )
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(original, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Break the physics and run its tests.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(TESTS)}")
    parser.add_argument("--each", type=int, default=12, help="mutants of a module")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(TESTS):
        parser.error(f"no such module: {', '.join(sorted(unknown))}")
    with one_at_a_time("mutants"), tempfile.TemporaryDirectory(dir=BUILD) as home:
        folders = [Path(home) / str(i) for i in range(min(2, os.cpu_count() or 1))]
        for folder in folders:
            for part in ("cifcore", "tests", "tools", "book/data", "pyproject.toml"):
                source, target = ROOT / part, folder / part
                target.parent.mkdir(parents=True, exist_ok=True)
                copy_ = shutil.copytree if source.is_dir() else shutil.copy2
                copy_(source, target)
        for module in options.modules or TESTS:
            original = (ROOT / "cifcore" / f"{module}.py").read_text(encoding="utf-8")
            if noticed(folders[0], module, ast.unparse(ast.parse(original))):
                print(f"{module}: its tests fail as it is", file=sys.stderr)
                return 1
            some = mutants(module, options.each, options.seed)
            with ThreadPoolExecutor(len(folders)) as pool:
                outcome = list(pool.map(_trial(folders), some))
            _note(module, options, some, outcome)
    return 0


def _trial(folders: list[Path]) -> Any:
    free = list(folders)

    def trial(mutant: tuple[str, int, str, str]) -> bool:
        folder = free.pop()
        try:
            return noticed(folder, mutant[0], mutant[3])
        finally:
            free.append(folder)

    return trial


def _note(module: str, options: Any, some: list[Any], outcome: list[bool]) -> None:
    table = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    lived = [
        f"line {line}: {told}"
        for (_, line, told, _), hit in zip(some, outcome, strict=True)
        if not hit
    ]
    table[module] = {"seed": options.seed, "made": len(some), "noticed": sum(outcome), "not": lived}
    print(f"{module}: {sum(outcome)} of {len(some)} noticed", *lived, sep="\n  ", flush=True)
    write_atomically(OUT, json.dumps(table, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
