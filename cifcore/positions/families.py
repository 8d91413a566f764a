"""Families of devices, one element after the other, and the roots of each gathered in rows."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifcore.device import Array

BLOCK = 5_000  # elements at a time: their arrays stay in the cache


class Found(NamedTuple):
    """Roots: of which element, where, and whether stable; in ascending order of the two."""

    where: NDArray[np.intp]
    x: Array
    stable: NDArray[np.bool_]

    @classmethod
    def in_order(cls, where: NDArray[np.intp], x: Array, stable: NDArray[np.bool_]) -> Found:
        order = np.lexsort((x, where))
        return cls(where[order], x[order], stable[order])


def blocks(n: int) -> list[slice]:
    """Cuts 0 to n into runs of at most `BLOCK`; nothing is one run of nothing."""
    return [slice(i, min(i + BLOCK, n)) for i in range(0, max(n, 1), BLOCK)]


def in_rows(
    where: NDArray[np.intp], shape: tuple[int, ...], *columns: NDArray[Any]
) -> list[NDArray[Any]]:
    """Values of each element of a family beside each other, padded with NaN (or False).

    `where` says, by the flat index, to which element each value belongs, and is in order.
    """
    rows = math.prod(shape)
    counts = np.bincount(where, minlength=rows)
    width = int(counts.max(initial=0))
    at = np.arange(len(where)) - np.concatenate([[0], np.cumsum(counts)[:-1]])[where]
    out = []
    for values in columns:
        table = np.full((rows, width), False if values.dtype == bool else np.nan, values.dtype)
        table[where, at] = values
        out.append(table.reshape(*shape, width))
    return out
