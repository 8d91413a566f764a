"""Archives and documents without the traces of when and where they were made.

What was built twice from the same commit has the same bytes here: members in order, owned by
nobody, and of one time, seconds since 1970.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import time
import zipfile
from pathlib import Path


def zipped(folder: Path, root: str, moment: int) -> bytes:
    """All files below `folder` as a ZIP archive, in a folder `root`.

    Sphinx's ``.buildinfo`` stays behind: it is for the next build, in the same place.
    """
    when = time.gmtime(moment)[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compresslevel=9) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != ".buildinfo"):
            entry = zipfile.ZipInfo(f"{root}/{path.relative_to(folder).as_posix()}", when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return out.getvalue()


def tarball(data: bytes, moment: int) -> bytes:
    """The same ``.tar.gz``, settled."""
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as before,
        gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for member in sorted(before.getmembers(), key=lambda one: one.name):
            settled = tarfile.TarInfo(member.name)
            settled.type, settled.size, settled.mtime = member.type, member.size, moment
            settled.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            after.addfile(settled, before.extractfile(member) if member.isfile() else None)
    return out.getvalue()


def pdf(data: bytes, moment: int) -> bytes:
    """The same PDF as Chromium printed it, with the names of its table cells counted from one.

    Chromium takes these from a counter that also counts what is not in the document.
    """
    stamp = time.strftime("D:%Y%m%d%H%M%S+00'00'", time.gmtime(moment)).encode()
    data = re.sub(rb"D:\d{14}\+00'00'", stamp, data)
    names = sorted(set(re.findall(rb"\bnode\d{8}\b", data)))
    counted = {name: b"node%08d" % number for number, name in enumerate(names, 1)}
    return re.sub(rb"\bnode\d{8}\b", lambda name: counted[name[0]], data)
