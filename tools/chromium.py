"""Which Chromium to drive."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Path of the browser: the one of ``CIF_CHROMIUM``, or this machine's, or none."""
    named = os.environ.get("CIF_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)
