"""Any function of a device over a grid of parameters, from a laptop to a cluster.

`sweep` cuts the grid into chunks, has them evaluated by any `concurrent.futures.Executor`
(threads, processes, `dask.distributed.Client.get_executor()`), and gathers an
`xarray.Dataset` whose coordinates carry names and units. With a `store` every finished chunk
goes to Zarr at once, so a sweep that was stopped goes on where it was; a worker that dies
costs the chunk it was working on and no more.

Needs the extra ``scale`` (``pip install cifcore[scale]``); the rest of the package does not.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import inspect
import itertools
import json
import math
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Device

__all__ = ["Result", "sweep"]

UNITS = {
    "E_dot": "gamma0",
    "gamma": "gamma0",
    "b": "1",
    "a0": "a",
    "k": "gamma0/a^2",
    "lam": "1",
    "M": "hbar^2/(gamma0 a^2)",
    "zeta": "1",
    "mu0": "gamma0",
    "kT0": "gamma0",
    "bias": "gamma0",
}
"""Units of the device's fields and of a bias voltage, with gamma0 = a = hbar = e = kB = 1."""


@dataclass(frozen=True)
class Result:
    """What a sweep keeps of each point of the grid.

    Parameters
    ----------
    unit : str
        Its unit, "1" if it has none.
    over : mapping of str to array_like, optional
        Further axes of the result, beyond the grid's: name and coordinates of each.
    dtype : str
        Type of the stored numbers.
    text : str
        What it is, in words.
    """

    unit: str = "1"
    over: Mapping[str, ArrayLike] = field(default_factory=dict)
    dtype: str = "float64"
    text: str = ""


def sweep(
    measure: Callable[..., Mapping[str, Any]],
    device: Device,
    grid: Mapping[str, ArrayLike],
    results: Mapping[str, str | Result],
    *,
    units: Mapping[str, str] | None = None,
    each: bool = False,
    seed: int | None = None,
    chunk: int = 4096,
    executor: Executor | Callable[[], Executor] | None = None,
    store: str | os.PathLike[str] | None = None,
    attempts: int = 3,
    in_flight: int = 64,
    progress: bool = False,
) -> Any:
    """Evaluate a function of a device at every point of a grid of parameters.

    Parameters
    ----------
    measure : callable
        ``measure(device, **others)`` gives a mapping from the names in `results` to arrays.
        It is called once a chunk, with a family of devices of shape (n,) and the other
        parameters as arrays of shape (n,); each result has shape (n, ...). With ``each`` it
        is called once a point, with a single device and floats. For processes it must be
        importable; Dask takes any function.
    device : Device
        A single device: the parameters that are not swept.
    grid : mapping of str to array_like
        Axes of the grid, outermost first, one-dimensional. A field of `Device` changes the
        device; any other name is passed on to `measure`.
    results : mapping of str to str or Result
        What `measure` returns: name and unit.
    units : mapping of str to str, optional
        Units of axes that are not fields of a device, and of the further axes of results.
    each : bool
        Whether `measure` takes one point at a time.
    seed : int, optional
        `measure` is given ``seed``: for each point a `numpy.random.SeedSequence` made from
        `seed` and the point's place in the grid alone (a list of them, or one if `each`), so
        the noise depends neither on the chunks nor on who works on them.
    chunk : int
        Number of points worked on at a time, roughly. A store keeps the one it began with.
    executor : Executor, or callable that makes one, optional
        Who does the work; by default this very thread. A pool of processes breaks for good
        when one of them dies: give the callable (`ProcessPoolExecutor`, or a partial of it)
        rather than the pool, and a new one takes over.
    store : path, optional
        Folder of the Zarr store. If it holds the beginnings of this sweep, only what is
        missing is computed.
    attempts : int
        How often a chunk is tried when workers die over it. An error raised by `measure`
        itself is not tried again: it stops the sweep, and what is stored stays.
    in_flight : int
        Number of chunks handed to the executor ahead of time.
    progress : bool
        Show a bar on the standard error stream.

    Returns
    -------
    xarray.Dataset
        One variable a result, one dimension an axis, units and the sweep's definition as
        attributes. With a store, its arrays are read from there when they are used.

    Raises
    ------
    TypeError, ValueError
        On bad arguments, results of the wrong names or shapes, or a store that holds a
        different sweep; the message says what differs.
    RuntimeError
        If workers died over one chunk `attempts` times, if a pool broke that cannot be made
        anew, or if another process is writing to the store.
    """
    task = _Task(measure, device, _axes(device, grid), _results(results, grid), each, seed)
    size = _check.whole("chunk", chunk, 1)
    attempts = _check.whole("attempts", attempts, 1)
    in_flight = _check.whole("in_flight", in_flight, 1)
    if not (executor is None or isinstance(executor, Executor) or callable(executor)):
        raise TypeError(f"executor = {executor!r}: must be an Executor or a callable making one")
    with _Archive.open(store, task, {**UNITS, **(units or {})}, size) as archive:
        waiting = archive.missing()
        with _bar(progress, archive.count, archive.count - len(waiting)) as advance:

            def keep(index: tuple[int, ...], values: Mapping[str, Any]) -> None:
                archive.write(index, values)
                advance()

            _work_off(waiting, task, archive, keep, executor, attempts, in_flight)
        return archive.dataset()


# --- the work of one chunk, wherever it is done -----------------------------------------------


@dataclass(frozen=True)
class _Task:
    measure: Callable[..., Mapping[str, Any]]
    device: Device
    axes: dict[str, Any]
    results: dict[str, Result]
    each: bool
    seed: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    def part(self, region: tuple[slice, ...]) -> Callable[[], dict[str, Any]]:
        """The work of one region of the grid, light enough to be sent to another machine."""
        axes = {
            name: values[cut] for (name, values), cut in zip(self.axes.items(), region, strict=True)
        }
        first = tuple(cut.start for cut in region)
        few = _Task(self.measure, self.device, axes, self.results, self.each, self.seed)
        return functools.partial(few.evaluate, first, self.shape)

    def evaluate(self, first: tuple[int, ...], whole: tuple[int, ...]) -> dict[str, Any]:
        """All results of this region, which begins at `first` in a grid of shape `whole`."""
        mesh = np.meshgrid(*self.axes.values(), indexing="ij")
        points = dict(zip(self.axes, (part.reshape(-1) for part in mesh), strict=True))
        changes = {k: v for k, v in points.items() if k in UNITS and k != "bias"}
        others = {k: v for k, v in points.items() if k not in changes}
        seeds: list[np.random.SeedSequence] = []
        if self.seed is not None:
            place = np.ravel_multi_index(
                tuple(
                    np.add.outer(start, index).reshape(-1)
                    for start, index in zip(first, np.indices(self.shape), strict=True)
                ),
                whole,
            )
            seeds = [np.random.SeedSequence(self.seed, spawn_key=(int(i),)) for i in place]
        if self.each:
            rows = [
                self._call(
                    {k: v[i].item() for k, v in changes.items()},
                    {k: v[i].item() for k, v in others.items()},
                    seeds[i] if seeds else None,
                )
                for i in range(math.prod(self.shape))
            ]
            values = {name: np.stack([row[name] for row in rows]) for name in self.results}
        else:
            values = self._call(changes, others, seeds or None)
        return {
            name: self._shaped(name, values[name]).astype(result.dtype)
            for name, result in self.results.items()
        }

    def _call(
        self, changes: Mapping[str, Any], others: Mapping[str, Any], seed: Any
    ) -> dict[str, Any]:
        extra = {} if seed is None else {"seed": seed}
        values = self.measure(self.device.replace(**changes), **others, **extra)
        if not isinstance(values, Mapping) or set(values) != set(self.results):
            got = sorted(values) if isinstance(values, Mapping) else type(values).__name__
            raise ValueError(
                f"measure returned {got}: must be a mapping with exactly {sorted(self.results)}"
            )
        return {name: np.asarray(value) for name, value in values.items()}

    def _shaped(self, name: str, value: Any) -> Any:
        further = tuple(len(np.asarray(v)) for v in self.results[name].over.values())
        expected = (math.prod(self.shape), *further)
        if value.shape != expected:
            raise ValueError(
                f"measure returned {name} of shape {value.shape}: must be {expected}, "
                "the points of the chunk first"
            )
        return value.reshape(*self.shape, *further)

    def definition(self, units: Mapping[str, str]) -> dict[str, Any]:
        """What makes this sweep this sweep and no other, as JSON."""
        return {
            "measure": _described(self.measure),
            "device": {
                name: value
                for name, value in self.device.parameters.items()
                if name not in self.axes
            },
            "axes": {
                name: {
                    "length": len(values),
                    "unit": units.get(name, "1"),
                    "digest": _digest(values),
                }
                for name, values in self.axes.items()
            },
            "results": {
                name: {
                    "unit": result.unit,
                    "dtype": result.dtype,
                    "over": {key: _digest(values) for key, values in result.over.items()},
                }
                for name, result in self.results.items()
            },
            "each": self.each,
            "seed": self.seed,
            "cifcore": version("cifcore"),
        }


def _digest(values: ArrayLike) -> str:
    array = np.asarray(values)
    return hashlib.sha256(f"{array.dtype.str}{array.shape}".encode() + array.tobytes()).hexdigest()


def _described(function: Any) -> dict[str, Any]:
    """A function by name and source; of a partial, its arguments too."""
    if isinstance(function, functools.partial):
        return {
            **_described(function.func),
            "arguments": repr((function.args, sorted(function.keywords.items()))),
        }
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = ""
    return {
        "name": getattr(function, "__qualname__", type(function).__qualname__),
        "source": hashlib.sha256(source.encode()).hexdigest(),
    }


def _axes(device: Device, grid: Mapping[str, ArrayLike]) -> dict[str, Any]:
    if not isinstance(device, Device):
        raise TypeError(f"device = {device!r}: must be a cifcore.Device")
    if device.shape:
        raise ValueError(f"device has shape {device.shape}: must be a single device")
    if not isinstance(grid, Mapping) or not grid:
        raise ValueError(f"grid = {grid!r}: must be a mapping with at least one axis")
    axes = {}
    for name, values in grid.items():
        _check.real_array(f"grid[{name!r}]", values)
        array = np.asarray(values)
        if array.ndim != 1 or not len(array):
            raise ValueError(
                f"grid[{name!r}] has shape {array.shape}: must be one-dimensional and not empty"
            )
        if name in device.parameters:
            device.replace(**{name: array})  # complains about values out of range
        axes[name] = array
    return axes


def _results(results: Mapping[str, str | Result], grid: Mapping[str, Any]) -> dict[str, Result]:
    if not isinstance(results, Mapping) or not results:
        raise ValueError(f"results = {results!r}: must be a mapping with at least one name")
    out: dict[str, Result] = {}
    for name, what in results.items():
        if name in grid:
            raise ValueError(f"results: {name!r} is already an axis of the grid")
        if isinstance(what, str):
            what = Result(what)
        if not isinstance(what, Result):
            raise TypeError(f"results[{name!r}] = {what!r}: must be a unit or a Result")
        for axis, values in what.over.items():
            if axis in grid or axis in results:
                raise ValueError(f"results[{name!r}]: the name of its axis {axis!r} is taken")
            if _check.real_array(f"results[{name!r}].over[{axis!r}]", values).ndim != 1:
                raise ValueError(f"results[{name!r}].over[{axis!r}]: must be one-dimensional")
            for other in out.values():
                if axis in other.over and not np.array_equal(other.over[axis], values):
                    raise ValueError(f"results: two of them have different axes {axis!r}")
        out[name] = what
    return out


# --- who does the work --------------------------------------------------------------------------


class _Here(Executor):
    """Work done at once, by whoever submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def _do(work: Callable[[], Any], attempt: int) -> Any:
    """Do the work. Dask gives equal calls one result, so a new attempt must look different."""
    return work()


def _worker_died(error: BaseException) -> bool:
    """Whether the work was lost with its worker, rather than failed."""
    if isinstance(error, (BrokenExecutor, CancelledError)):
        return True
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return False
    lost = (distributed.KilledWorker, distributed.client.FutureCancelledError)
    return isinstance(error, lost)


def _work_off(
    waiting: list[tuple[int, ...]],
    task: _Task,
    archive: _Archive,
    keep: Callable[[tuple[int, ...], Mapping[str, Any]], None],
    executor: Executor | Callable[[], Executor] | None,
    attempts: int,
    in_flight: int,
) -> None:
    """Have every waiting chunk evaluated and kept, whoever dies on the way."""
    make: Callable[[], Executor] | None = None
    if executor is None:
        pool: Executor = _Here()
        in_flight = 1
    elif isinstance(executor, Executor):
        pool = executor
    else:
        make = executor
        pool = make()
    todo = list(reversed(waiting))
    deaths = dict.fromkeys(waiting, 0)
    # When a pool breaks, nobody can tell which of the chunks in it is to blame: each of them
    # is tried once more on its own.
    suspects: set[tuple[int, ...]] = set()
    running: dict[Future[Any], tuple[int, ...]] = {}
    try:
        while todo or running:
            broken = False
            alone = bool(suspects.intersection(running.values()))
            while todo and len(running) < in_flight and not (broken or alone):
                alone = todo[-1] in suspects
                if alone and running:
                    break
                try:
                    index = todo[-1]
                    future = pool.submit(_do, task.part(archive.region(index)), deaths[index])
                except BrokenExecutor:
                    broken = True
                else:
                    running[future] = todo.pop()
            done, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), None)
            for future in done:
                index = running.pop(future)
                error = CancelledError() if future.cancelled() else future.exception()
                if error is None:
                    suspects.discard(index)
                    keep(index, future.result())
                elif _worker_died(error):
                    todo.append(index)
                    if isinstance(error, BrokenExecutor):
                        broken = True
                        suspects.add(index)
                    deaths[index] += 1
                    if deaths[index] >= attempts:
                        raise RuntimeError(
                            f"workers died {attempts} times over the chunk {archive.words(index)}"
                        ) from error
                else:
                    error.add_note(f"in the chunk {archive.words(index)}")
                    raise error
            if broken:
                todo.extend(running.values())
                suspects.update(running.values())
                running.clear()
                if make is None:
                    raise RuntimeError(
                        "a worker died and broke its pool; give executor as a callable that "
                        "makes the pool, or call again: finished chunks of a store are kept"
                    )
                pool.shutdown(wait=False, cancel_futures=True)
                pool = make()
    finally:
        for future in running:
            future.cancel()
        if make is not None:
            pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _bar(progress: bool, total: int, done: int) -> Iterator[Callable[[], Any]]:
    if not progress:
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(total=total, initial=done, unit="chunk") as bar:
        yield bar.update


# --- what has been done ------------------------------------------------------------------------


class _Archive:
    """The results so far, in Zarr: on disk, or in memory for a sweep without a store.

    The array ``progress/done`` holds one flag a chunk, raised only after all of the chunk's
    results have been written. A chunk that was interrupted half-way is written anew.
    """

    def __init__(self, group: Any, task: _Task) -> None:
        self.group, self.task = group, task
        self.chunks: list[int] = list(group.attrs["chunk"])
        self.done = group["progress/done"]
        self.grid: tuple[int, ...] = self.done.shape

    @classmethod
    @contextlib.contextmanager
    def open(
        cls, store: Any, task: _Task, units: Mapping[str, str], chunk: int
    ) -> Iterator[_Archive]:
        import zarr

        definition = task.definition(units)
        if store is None:
            root: Any = zarr.storage.MemoryStore()
            cls._create(root, task, units, chunk, definition)
            yield cls(zarr.open_group(root, mode="r+"), task)
            return
        path = Path(store)
        if not path.exists():
            # made aside and moved into place as a whole: a store is there or not
            aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
            try:
                cls._create(aside, task, units, chunk, definition)
                with contextlib.suppress(OSError):  # somebody else was first
                    aside.rename(path)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        with cls._alone(path):
            try:
                group = zarr.open_group(path, mode="r+")
                previous = group.attrs["sweep"]
            except (KeyError, FileNotFoundError) as error:
                raise ValueError(
                    f"store = {str(path)!r}: exists and does not hold a sweep"
                ) from error
            different = _differences(json.loads(str(previous)), definition)
            if different:
                raise ValueError(
                    f"store = {str(path)!r}: holds a different sweep; "
                    f"not the same: {', '.join(different)}"
                )
            yield cls(group, task)

    @staticmethod
    def _create(
        root: Any,
        task: _Task,
        units: Mapping[str, str],
        chunk: int,
        definition: Mapping[str, Any],
    ) -> None:
        import zarr

        group = zarr.open_group(root, mode="w-")
        shape = task.shape
        chunks = _chunk_shape(shape, chunk)
        group.attrs.update({"sweep": json.dumps(definition), "chunk": chunks})
        further = {
            name: np.asarray(values)
            for result in task.results.values()
            for name, values in result.over.items()
        }
        for name, values in {**task.axes, **further}.items():
            array = group.create_array(
                name,
                data=values,
                dimension_names=[name],
                attributes={"units": units.get(name, "1")},
            )
        for name, result in task.results.items():
            more = [len(np.asarray(values)) for values in result.over.values()]
            array = group.create_array(
                name,
                shape=(*shape, *more),
                chunks=(*chunks, *more),
                dtype=result.dtype,
                dimension_names=[*task.axes, *result.over],
                fill_value=np.nan if np.dtype(result.dtype).kind == "f" else 0,
            )
            array.attrs["units"] = result.unit
            if result.text:
                array.attrs["long_name"] = result.text
        blocks = tuple(math.ceil(n / c) for n, c in zip(shape, chunks, strict=True))
        group.create_array(
            "progress/done", shape=blocks, chunks=(1,) * len(blocks), dtype="uint8", fill_value=0
        )

    @staticmethod
    @contextlib.contextmanager
    def _alone(path: Path) -> Iterator[None]:
        """Hold the store's lock; the system drops it when this process ends, however it ends."""
        metadata = path / "zarr.json"
        if not metadata.is_file():
            raise ValueError(f"store = {str(path)!r}: exists and does not hold a sweep")
        with open(metadata) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RuntimeError(f"another process is writing to {str(path)!r}") from error
            yield

    @property
    def count(self) -> int:
        return math.prod(self.grid)

    def missing(self) -> list[tuple[int, ...]]:
        done = self.done[...]
        return [i for i in itertools.product(*map(range, self.grid)) if not done[i]]

    def region(self, index: Sequence[int]) -> tuple[slice, ...]:
        return tuple(
            slice(i * c, min((i + 1) * c, n))
            for i, c, n in zip(index, self.chunks, self.task.shape, strict=True)
        )

    def words(self, index: Sequence[int]) -> str:
        """The region of a chunk in words, for messages."""
        ranges = []
        for (name, values), cut in zip(self.task.axes.items(), self.region(index), strict=True):
            part = values[cut]
            ranges.append(f"{name} = {part[0]:g} ... {part[-1]:g}")
        return ", ".join(ranges)

    def write(self, index: tuple[int, ...], values: Mapping[str, Any]) -> None:
        region = self.region(index)
        for name, value in values.items():
            self.group[name][region] = value
        self.done[index] = 1

    def dataset(self) -> Any:
        import xarray
        import zarr

        data = xarray.open_zarr(self.group.store, chunks=None, consolidated=False)
        del data.attrs["chunk"]
        return data.load() if isinstance(self.group.store, zarr.storage.MemoryStore) else data


def _chunk_shape(shape: tuple[int, ...], points: int) -> list[int]:
    """Whole inner axes as far as `points` goes, part of the next, single steps of the outer."""
    chunks = []
    for length in reversed(shape):
        chunks.append(max(1, min(length, points)))
        points //= length
    return chunks[::-1]


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the entries in which two definitions differ, two levels deep."""
    out = []
    for key in sorted({*old, *new}):
        a, b = old.get(key), new.get(key)
        if a == b:
            continue
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            inner = [k for k in sorted({*a, *b}) if a.get(k) != b.get(k)]
            out += [f"{key} ({', '.join(inner)})"]
        else:
            out.append(f"{key} ({a!r}, now {b!r})")
    return out
