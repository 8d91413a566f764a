"""How nbval runs the chapters and what it compares: kernels that start at once, drawings too.

Each notebook has a fresh kernel, as always. It is forked from one process in which the packages
have been imported, which takes longer than most chapters.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from functools import cache
from multiprocessing import forkserver
from typing import Any

import pytest
from jupyter_client.provisioning import LocalProvisioner
from nbval import plugin

from tests.drawings import Drawing, difference, is_drawing

# --- drawings -----------------------------------------------------------------------------

_sanitize, _format = plugin.IPyNbCell.sanitize, plugin.IPyNbCell.format_output_compare
_file = plugin.IPyNbFile.__init__


def _all(self: Any, *arguments: Any, **named: Any) -> None:
    _file(self, *arguments, **named)
    self.skip_compare = tuple(kind for kind in self.skip_compare if kind != "image/png")


def _compared(self: Any, told: Any) -> Any:
    return Drawing(told) if is_drawing(told) else _sanitize(self, told)


def _told(self: Any, key: str, left: Any, right: Any) -> None:
    if isinstance(left, Drawing):
        self.comparison_traceback.append(f" {key}: {difference(left, right)}")
    else:
        _format(self, key, left, right)


plugin.IPyNbFile.__init__ = _all
plugin.IPyNbCell.sanitize = _compared
plugin.IPyNbCell.format_output_compare = _told

# --- kernels ------------------------------------------------------------------------------

IMPORTED = (
    "cifcore.book.figures",
    "cifcore.book.ledger",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
    "matplotlib.mathtext",
    "myst_nb",
    "scipy.optimize",
)


@cache
def _forks() -> Any:
    """A process with the packages imported, to fork kernels from."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(list(IMPORTED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        forkserver.ensure_running()
    return found


def _run(command: list[str], folder: str, env: dict[str, str]) -> None:
    """Be the kernel that a command would start."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    IPKernelApp.launch_instance(command[command.index("-f") :])


class _Kernel:
    """A forked process as one of `subprocess`."""

    stdin = stdout = stderr = None

    def __init__(self, *arguments: Any) -> None:
        self.process = _forks().Process(target=_run, args=arguments)
        self.process.start()
        self.pid = self.process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self) -> int | None:
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    terminate = kill


async def _launch(self: Any, command: list[str], **named: Any) -> Any:
    self.process = _Kernel(command, named["cwd"], named["env"])
    self.pid = self.process.pid
    return self.connection_info


if sys.platform == "linux":  # elsewhere what has been imported may not survive a fork
    LocalProvisioner.launch_kernel = _launch
