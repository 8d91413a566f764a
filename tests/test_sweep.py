"""Sweeps: the same numbers whatever the chunks and the workers, stops, deaths, refusals."""

import functools
import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor

import numpy as np
import pytest

from cifcore import LinearBias, paper_device, rectification

pytest.importorskip("zarr")
pytest.importorskip("xarray")

from cifcore.sweeps import sweep
from tests.sweep_work import counted, deadly, ends

DEVICE = paper_device("2b")
GRID = {"lam": np.linspace(-0.6, 0.6, 7), "bias": np.linspace(0.02, 0.3, 5)}


@pytest.fixture(scope="module")
def quick():
    """Processes come from one that has loaded what they need."""
    import dask

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cifcore.sweeps", "xarray", "zarr", "distributed"])
    names = ("multiprocessing.context", "distributed.worker.multiprocessing-method")
    with dask.config.set(dict.fromkeys(names, "forkserver")):
        yield context


def current_ratio(device, bias):
    return {"R": rectification(LinearBias(device), bias)}


def noisy(device, bias, seed):
    rng = np.random.default_rng(seed)
    return {"x": device.lam + bias + rng.standard_normal(3)}


def expected_sum():
    return GRID["lam"][:, None] + GRID["bias"]


def test_a_sweep_is_the_function_on_the_grid_with_names_and_units():
    data = sweep(
        current_ratio,
        DEVICE,
        GRID,
        {"R": "1"},
        chunk=4,
    )
    family = DEVICE.replace(lam=GRID["lam"][:, None])
    np.testing.assert_array_equal(data.R, rectification(LinearBias(family), GRID["bias"]))
    assert data.R.dims == ("lam", "bias")
    np.testing.assert_array_equal(data.bias, GRID["bias"])
    assert data.R.units == "1" and "measure" in data.attrs


def test_the_noise_depends_neither_on_chunks_nor_on_workers(quick):
    grid, end = {**GRID, "lam": GRID["lam"][:3]}, functools.partial(sweep, ends, DEVICE)
    run = functools.partial(end, grid, {"x": "a"})
    one = run(seed=7, chunk=1)
    np.testing.assert_array_equal(one.x, run(seed=7, chunk=100, scheduler="threads").x)
    np.testing.assert_array_equal(one.x, run(seed=7, chunk=4, scheduler="processes").x)
    assert len(np.unique(one.x)) == one.x.size
    assert not np.any(np.isclose(one.x, run(seed=8).x, rtol=1e-9))
    assert not np.any(np.isclose(one.x, run(seed=0).x, rtol=1e-9))


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path):
    calls, store = tmp_path / "calls", tmp_path / "store.zarr"
    calls.mkdir()
    run = functools.partial(sweep, device=DEVICE, grid=GRID, results={"sum": "1"}, chunk=5)
    with pytest.raises(ArithmeticError, match="enough"):
        run(_Stopping(str(calls), 3), store=store)
    assert len(list(calls.iterdir())) == 3
    data = run(_Stopping(str(calls), None), store=store)
    assert len(list(calls.iterdir())) == 7
    np.testing.assert_allclose(data["sum"], expected_sum())
    again = run(_Stopping(str(calls), 0), store=store)  # nothing left to compute
    np.testing.assert_array_equal(again["sum"], data["sum"])


class _Stopping:
    """One function, as the store sees it, that stops when it is told to."""

    def __init__(self, folder, stop_after):
        self.folder, self.stop_after = folder, stop_after

    def __dask_tokenize__(self):
        return self.folder

    def __call__(self, device, bias):
        return counted(device, bias, self.folder, stop_after=self.stop_after)


def test_a_chunk_half_written_is_written_anew(tmp_path):
    import zarr

    store = tmp_path / "store.zarr"
    calls = tmp_path / "calls"
    calls.mkdir()
    run = functools.partial(
        sweep,
        functools.partial(counted, folder=str(calls)),
        DEVICE,
        GRID,
        {"sum": "1"},
        chunk=5,
        store=store,
    )
    run()
    group = zarr.open_group(store, mode="r+")
    group["sum"][10:20] = -99.0  # as if the process had died between the results and the flag
    group["done"][10:20] = 0
    np.testing.assert_allclose(run()["sum"], expected_sum())
    assert len(list(calls.iterdir())) == 9


def test_a_killed_process_leaves_a_store_that_goes_on(tmp_path, quick):
    calls = tmp_path / "calls"
    calls.mkdir()
    work = functools.partial(counted, folder=str(calls), slow=0.1)
    more = {"chunk": 5, "store": tmp_path / "store.zarr"}
    first = quick.Process(target=sweep, args=(work, DEVICE, GRID, {"sum": "1"}), kwargs=more)
    first.start()
    while len(list(calls.iterdir())) < 3:
        assert first.is_alive()
        time.sleep(0.01)
    first.kill()
    first.join()
    before = len(list(calls.iterdir()))
    assert before < 7
    np.testing.assert_allclose(
        sweep(work, DEVICE, GRID, {"sum": "1"}, **more)["sum"], expected_sum()
    )
    # at most the chunk it died over is computed twice
    assert len(list(calls.iterdir())) in (7, 8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(device=DEVICE.replace(k=0.03)), r"\(device\)"),
        (dict(seed=3), r"\(seed\)"),
        (dict(grid={**GRID, "bias": GRID["bias"] * 2}), "grid"),
        (dict(grid={"bias": GRID["bias"], "lam": GRID["lam"]}, seed=3), "grid, seed"),
        (dict(measure=noisy), "measure"),
        (dict(results={"R": "a"}), "results"),
    ],
)
def test_a_different_sweep_is_refused(tmp_path, changes, message):
    first = dict(measure=current_ratio, device=DEVICE, grid=GRID, results={"R": "1"})
    sweep(**first, store=tmp_path / "s.zarr")
    with pytest.raises(ValueError, match=f"different sweep.*{message}"):
        sweep(**{**first, **changes}, store=tmp_path / "s.zarr")


def test_what_is_no_store_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("keep me")
    (tmp_path / "file").write_text("keep me")
    for name in ("mine", "file"):
        with pytest.raises(ValueError, match="exists and does not hold a sweep"):
            sweep(current_ratio, DEVICE, GRID, {"R": "1"}, store=tmp_path / name)
    assert (tmp_path / "mine" / "file").read_text() == "keep me"
    assert (tmp_path / "file").read_text() == "keep me"


def test_a_dead_process_is_replaced(tmp_path, quick):
    deaths, store = tmp_path / "deaths", tmp_path / "s.zarr"
    deaths.mkdir()
    work = functools.partial(deadly, folder=str(deaths), deaths=3)
    run = functools.partial(sweep, work, DEVICE, GRID, {"sum": "1"}, chunk=5, store=store)
    with pytest.raises(BrokenExecutor):
        run(scheduler="processes")
    assert len(list(deaths.iterdir())) == 3
    for mark in [*deaths.iterdir()][:2]:
        mark.unlink()
    data = run(scheduler="processes")
    assert len(list(deaths.iterdir())) == 3
    np.testing.assert_allclose(data["sum"], expected_sum())


@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_survives_the_death_of_a_worker(tmp_path, quick):
    """The scheduler is told to give up at the first death, so it is `sweep` that tries again."""
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    deaths = tmp_path / "deaths"
    deaths.mkdir()
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.logging.distributed": "critical",
        "temporary-directory": str(tmp_path),
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2, timeout=60)
        before = set(client.run(os.getpid).values())
        data = sweep(
            functools.partial(deadly, folder=str(deaths)),
            DEVICE,
            GRID,
            {"sum": "1"},
            chunk=5,
            scheduler=client,
            store=tmp_path / "store.zarr",
        )
        client.wait_for_workers(2, timeout=60)
        after = set(client.run(os.getpid).values())
    assert len(list(deaths.iterdir())) == 1
    assert len(before & after) == 1  # one of the two died and was replaced
    np.testing.assert_allclose(data["sum"], expected_sum())


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (dict(grid={}), TypeError, "grid"),
        (dict(grid={"lam": [[0.1]]}), ValueError, r"grid\['lam'\]"),
        (dict(grid={"lam": [1.5], "bias": [0.1]}), ValueError, "lam"),
        (dict(grid={"lam": ["a"]}), TypeError, r"grid\['lam'\]"),
        (dict(grid={"lam": [np.nan]}), ValueError, r"grid\['lam'\]"),
        (dict(device=3), TypeError, "device"),
        (dict(device=DEVICE.replace(lam=[0.1, 0.2])), ValueError, "device"),
        (dict(results={}), TypeError, "results"),
        (dict(results={"lam": "1"}), ValueError, "results"),
        (dict(results={"Q": "1"}), ValueError, "measure returned"),
        (dict(measure=lambda device, bias: {"R": 1.0}), ValueError, "shape"),
        (dict(grid=[("lam", [0.1])]), TypeError, "grid"),
        (dict(grid={3: [0.1]}), ValueError, "grid has the name 3"),
        (dict(grid={"seed": [0.1]}), ValueError, "grid has the name 'seed'"),
        (dict(grid={n: np.zeros(10**4) for n in ("lam", "bias", "z")}), ValueError, "1e.12 points"),
        (dict(results={"R": 3}), TypeError, "results"),
        (dict(results={"a/b": "1"}), ValueError, "results has the name 'a/b'"),
        (dict(measure=3), TypeError, "measure"),
        (dict(seed="1"), TypeError, "seed"),
        (dict(seed=-1), ValueError, "seed"),
        (dict(seed=1.5), TypeError, "seed"),
        (dict(store=3), TypeError, "store"),
        (dict(store=""), TypeError, "store"),
        (dict(chunk=0), ValueError, "chunk"),
    ],
)
def test_bad_arguments_are_named(changes, error, message):
    good = dict(measure=current_ratio, device=DEVICE, grid=GRID, results={"R": "1"})
    with pytest.raises(error, match=message):
        sweep(**{**good, **changes})


def test_the_core_does_not_import_the_scale_extra():
    code = "import sys, cifcore; print([m for m in ('xarray', 'dask', 'zarr') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_point_has_noise_of_its_own():
    def drawn(device, bias, seed):
        return {"u": np.array([np.random.default_rng(one).random() for one in seed])}

    one = sweep(drawn, DEVICE, GRID, {"u": "1"}, seed=3, chunk=4).u.values
    assert len(np.unique(one)) == one.size
    np.testing.assert_array_equal(one, sweep(drawn, DEVICE, GRID, {"u": "1"}, seed=3, chunk=35).u)
    first = np.random.default_rng(np.random.SeedSequence(3, spawn_key=(8,))).random()
    assert one.flat[8] == first
