"""Kernels forked from one process in which the packages have been imported.

Each notebook has a fresh kernel, as always; importing takes longer than most chapters.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from functools import cache
from multiprocessing import forkserver
from typing import Any

import pytest

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


async def launch(self: Any, command: list[str], **named: Any) -> Any:
    """In place of `LocalProvisioner.launch_kernel`."""
    self.process = _Kernel(command, named["cwd"], named["env"])
    self.pid = self.process.pid
    return self.connection_info
