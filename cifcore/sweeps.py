"""Any function of a device over a grid: dask works, zarr keeps, xarray holds (extra ``scale``)."""

import contextlib
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Device

_ATTEMPTS = 3  # to begin anew when workers die, before their error is raised


def sweep(
    measure: Callable[..., Mapping[str, Any]],
    device: Device,
    grid: Mapping[str, ArrayLike],
    results: Mapping[str, str],
    *,
    seed: int | None = None,
    chunk: int = 4096,
    scheduler: Any = "synchronous",
    store: str | os.PathLike[str] | None = None,
) -> Any:
    """Evaluate a function of a device at every point of a grid; gives an `xarray.Dataset`.

    Parameters
    ----------
    measure : callable
        ``measure(device, **others)`` gives the results by name, of shape (n,) for n devices.
    device, grid : Device, mapping of str to array_like
        A single device, and axes: its fields change the device, other names go to `measure`.
    results : mapping of str to str
        What `measure` returns: name and unit.
    seed : int, optional
        `measure` is given ``seed``, a `numpy.random.SeedSequence` for each place in the grid.
    chunk, store : int, path
        Number of points at a time, and a folder that all workers see. There a sweep that was
        stopped goes on, in its own chunks; ValueError if it was a different one.
    scheduler : {"synchronous", "threads", "processes"} or dask.distributed.Client
        Work that died with its worker is begun anew, up to twice.
    """
    import dask
    import xarray

    _check.function("measure", measure, "a device")
    axes = _axes(device, grid)
    _names("results", results, (*grid, "done"))
    if not all(isinstance(unit, str) for unit in results.values()):
        raise TypeError(f"results = {results!r}: must map names to units, as text")
    size = min(_check.whole("chunk", chunk, 1), math.prod(map(len, axes.values())))
    seed = None if seed is None else _check.whole("seed", seed, 0)
    if store is not None and (not store or not isinstance(store, str | os.PathLike)):
        raise TypeError(f"store = {store!r}: must be the path of a folder, or None")
    asked = dict(measure=measure, device=device.parameters, grid=[*axes.items()], results=results)
    asked |= dict(seed=seed, cifcore=version("cifcore"))
    said = {name: dask.base.tokenize(part) for name, part in asked.items()}
    work = partial(_evaluate, measure, device, axes, list(results), seed)
    lost = getattr(sys.modules.get("distributed"), "KilledWorker", BrokenExecutor)
    with _store(store, said, axes, list(results), size) as (path, group):
        done, size = group["done"], group.attrs["chunk"]
        cuts = [slice(i, min(i + size, done.size)) for i in range(0, done.size, size)]
        for left in reversed(range(_ATTEMPTS)):
            tasks = [dask.delayed(_fill)(work, path, c) for c in cuts if not np.all(done[c])]
            with contextlib.suppress(*((BrokenExecutor, lost) if left else ())):
                dask.compute(tasks, scheduler=scheduler)
                break
        data = xarray.Dataset(coords=axes, attrs=said)
        for name, unit in results.items():
            values = group[name][...].reshape([len(along) for along in axes.values()])
            data[name] = xarray.DataArray(values, axes, list(axes), attrs={"units": unit})
    return data


def _fill(work: Callable[[slice], Mapping[str, Any]], path: str, cut: slice) -> None:
    import zarr

    group: Any = zarr.open_group(path, mode="r+")
    for name, values in {**work(cut), "done": 1}.items():  # marked as done only when written
        group[name][cut] = values


def _evaluate(measure: Any, device: Any, axes: Any, names: Any, seed: Any, cut: slice) -> Any:
    flat = np.arange(cut.start, cut.stop)
    place = np.unravel_index(flat, tuple(map(len, axes.values())))
    points = {name: axes[name][i] for name, i in zip(axes, place, strict=True)}
    if seed is not None:
        points["seed"] = [np.random.SeedSequence(seed, spawn_key=(int(i),)) for i in flat]
    changes = {name: points.pop(name) for name in device.parameters if name in points}
    found = measure(device.replace(**changes), **points)
    if not isinstance(found, Mapping) or set(found) != set(names):
        raise ValueError(f"measure returned {found!r}: must be a mapping of {names}")
    for name in names:
        if (shape := np.shape(found[name])) != flat.shape:
            raise ValueError(f"measure returned {name} of shape {shape}: must be {flat.shape}")
    return {name: found[name] for name in names}


@contextlib.contextmanager
def _store(store: Any, said: Any, axes: Any, names: Any, size: int) -> Iterator[tuple[str, Any]]:
    import zarr

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sweep") if store is None else os.fspath(store)
        if not os.path.exists(path):
            n = math.prod(map(len, axes.values()))
            group: Any = zarr.create_group(path, attributes={"sweep": said, "chunk": size})
            for name in (*names, "done"):
                group.create_array(name, shape=(n,), chunks=(size,), dtype=float)
        try:
            group = zarr.open_group(path, mode="r")
            differs = [key for key in said if said[key] != group.attrs["sweep"].get(key)]
        except (OSError, KeyError) as error:
            raise ValueError(f"store = {path!r}: exists and does not hold a sweep") from error
        if differs:
            raise ValueError(f"store = {path!r}: holds a different sweep ({', '.join(differs)})")
        yield path, group


def _axes(device: Device, grid: Mapping[str, ArrayLike]) -> dict[str, Any]:
    _check.instance("device", device, Device, single=True)
    _names("grid", grid, ("device", "seed"))
    for name, values in grid.items():
        if _check.real_array(f"grid[{name!r}]", values).ndim != 1 or not np.size(values):
            raise ValueError(f"grid[{name!r}] = {values!r}: must be one-dimensional, not empty")
        if name in device.parameters:
            device.replace(**{name: values})  # complains about values out of range
    points = math.prod(np.size(values) for values in grid.values())
    _check.memory(f"grid of {points:.6g} points", 64 * points)
    return {name: np.asarray(values) for name, values in grid.items()}


def _names(what: str, given: Any, taken: tuple[str, ...]) -> None:
    if not isinstance(given, Mapping) or not given:
        raise TypeError(f"{what} = {given!r}: must map names, at least one")
    for name in given:
        if not isinstance(name, str) or not name.isidentifier() or name in taken:
            must = f"must be an identifier, and none of {list(taken)}"
            raise ValueError(f"{what} has the name {name!r}: {must}")
