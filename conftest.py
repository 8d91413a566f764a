"""How nbval runs the chapters and what it compares: kernels that start at once, drawings too."""

from __future__ import annotations

import os
import sys
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from nbval import plugin

from cifcore.book.published import CHECK
from tests import kernels
from tests.drawings import Drawing, difference, is_drawing

_sanitize, _format = plugin.IPyNbCell.sanitize, plugin.IPyNbCell.format_output_compare
_file = plugin.IPyNbFile.__init__


def _all(self: Any, *arguments: Any, **named: Any) -> None:
    _file(self, *arguments, **named)
    if not os.environ.get(CHECK):  # with it, figures are drawn as SVG alone
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

if sys.platform == "linux":  # elsewhere what has been imported may not survive a fork
    LocalProvisioner.launch_kernel = kernels.launch
