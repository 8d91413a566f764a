"""The data behind the chapter "Design space": maps in reduced variables, and random devices.

    python -m benchmarks.design_space [--devices 20] [--workers 2] [--scheduler ADDRESS]

`--devices` is the logarithm to base 2 of their number. With the address of a Dask scheduler
the same work is spread over its cluster; without, over processes on this machine. Every
finished chunk is kept in _build/, so a run that was stopped goes on where it was. The outcome
is book/data/design-space.npz.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import dask
import numpy as np
from dask.diagnostics import ProgressBar

from cifcore import Device, FullBias, LinearBias, equilibria, folds, rectification
from cifcore.book.designs import RANGES, random_devices, reduced, twin
from cifcore.force.response import Response
from cifcore.sweeps import sweep

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "book" / "data" / "design-space.npz"
STORE = ROOT / "_build"

LOG_C = np.linspace(-3, 1, 121)
"""log10 of c = 2 gamma^2 (1 - lam^2)/abs(E_dot)."""
Y_C = np.linspace(0, 10, 101)
"""y_c = 2 artanh(lam); its mirror image is the same device seen from the other side."""
W = np.geomspace(1, 1e4, 97)
"""Size of the reduced bias w = 2 b^2 abs(eV)/(pi a0^2 k)."""

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def best_barrier(response: Response, bias: Any) -> dict[str, Any]:
    """The most robust pair of neighbouring rest positions of each device, under its bias.

    Of the two climbs out of a pair, over the unstable position between, the lower one counts;
    of several pairs the one where it is highest. Work integrals by Gauss-Legendre quadrature
    on six panels.
    """
    rest = equilibria(response, bias)
    rows = len(rest.x)
    stable = np.sum(rest.stable, axis=1)
    out = {
        "stable": stable,
        "barrier": np.zeros(rows),
        "farthest": np.max(np.abs(np.nan_to_num(rest.x)), axis=1),
    }
    for column in range(1, rest.x.shape[1] - 1):
        middle = np.isfinite(rest.x[:, column + 1]) & rest.stable[:, column - 1]
        row = np.flatnonzero(middle & ~rest.stable[:, column] & rest.stable[:, column + 1])
        if not len(row):
            continue
        few = response.of(response.device.select(row))
        top = rest.x[row, column]
        climbs = [climb(few, rest.x[row, column + side], top, bias[row]) for side in (-1, 1)]
        out["barrier"][row] = np.maximum(out["barrier"][row], np.minimum(*climbs))
    return out


def climb(response: Response, well: Any, top: Any, bias: Any, panels: int = 6) -> Any:
    """Work against spring and current-induced force from `well` to `top`."""
    width = (top - well) / panels
    starts = well[:, None] + width[:, None] * np.arange(panels)
    x = (starts[..., None] + width[:, None, None] * (_POINTS + 1) / 2).reshape(len(top), -1)
    stretched = response.of(response.device.stretched())
    pull = stretched.device.k * x - stretched.force(x, bias[:, None])
    return width / 2 * (pull @ np.tile(_WEIGHTS, panels))


# --- maps in the reduced variables ---------------------------------------------------------------


def window(device: Device, log_c: Any, y_c: Any) -> dict[str, Any]:
    """Folds of the branch: reduced bias of each, lowest and highest of either direction."""
    found = folds(LinearBias(twin(10.0**log_c, y_c)), 1e100).bias
    positive = np.where(found > 0, found, np.nan)
    negative = np.where(found < 0, -found, np.nan)
    out = {}
    for name, size in (("forward", positive), ("backward", negative)):
        count = np.sum(np.isfinite(size), axis=1)
        out[f"{name}_low"] = np.min(size, axis=1, initial=np.inf, where=np.isfinite(size))
        out[f"{name}_high"] = np.max(size, axis=1, initial=0.0, where=np.isfinite(size))
        out[f"{name}_folds"] = count
    return out


def at_bias(device: Device, log_c: Any, y_c: Any, w: Any) -> dict[str, Any]:
    """At one reduced bias, in both directions: rest positions, barriers, rectification."""
    response = LinearBias(twin(10.0**log_c, y_c))
    k = response.device.k
    forward, backward = best_barrier(response, w), best_barrier(response, -w)
    return {
        "forward_stable": forward["stable"],
        "backward_stable": backward["stable"],
        "forward_barrier": forward["barrier"] / k,
        "backward_barrier": backward["barrier"] / k,
        "R": rectification(response, w),
    }


# --- random devices -------------------------------------------------------------------------------


def random_linear(device: Device, index: Any) -> dict[str, Any]:
    """Random devices under linear response, and how well three numbers describe each."""
    devices, bias = random_devices(index)
    response = LinearBias(devices)
    found = best_barrier(response, bias)
    c, y_c, w = reduced(devices, bias)
    other = best_barrier(LinearBias(twin(c, y_c)), w)
    unit = devices.k * (devices.a0 / (2 * devices.b)) ** 2
    scaled = other["barrier"] * 2 * np.pi * unit
    return {
        "stable": found["stable"],
        "barrier": found["barrier"],
        "R": rectification(response, bias),
        "inside": found["farthest"] < devices.a0,
        "misfit": np.abs(found["barrier"] - scaled) / bias,
        "same": found["stable"] == other["stable"],
    }


def random_exact(device: Device, index: Any) -> dict[str, Any]:
    """The same devices under the exact response at zero temperature (Eq. 9)."""
    devices, bias = random_devices(index)
    found = best_barrier(FullBias(devices), bias)
    return {
        "stable": found["stable"],
        "barrier": found["barrier"],
        "inside": found["farthest"] < devices.a0,
    }


# --- all of it ------------------------------------------------------------------------------

_NOWHERE = Device(E_dot=-1.0, gamma=1.0, b=1.0, a0=2.0, k=1.0)  # the measures make their own


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=20, help="log2 of their number")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    options = parser.parse_args()
    if options.scheduler:
        from distributed import Client

        scheduler: Any = Client(options.scheduler)
    else:
        scheduler = "processes"
        dask.config.set(num_workers=options.workers)
        ProgressBar().register()
    number = 2**options.devices
    run = functools.partial(sweep, device=_NOWHERE, scheduler=scheduler)
    STORE.mkdir(exist_ok=True)
    plane: dict[str, Any] = {"log_c": LOG_C, "y_c": Y_C}
    sides = ("forward", "backward")
    windows = run(
        window,
        grid=plane,
        results={
            **{f"{side}_{end}": "1" for side in sides for end in ("low", "high")},
            **{f"{side}_folds": "1" for side in sides},
        },
        store=STORE / "design-windows.zarr",
    )
    volume = run(
        at_bias,
        grid={**plane, "w": W},
        results={
            **{f"{side}_stable": "1" for side in sides},
            **{f"{side}_barrier": "k (a0/2b)^2" for side in sides},
            "R": "1",
        },
        chunk=20000,
        store=STORE / "design-biases.zarr",
    )
    linear = run(
        random_linear,
        grid={"index": np.arange(number)},
        results={
            "stable": "1",
            "barrier": "gamma0",
            "R": "1",
            "inside": "1",
            "misfit": "1",
            "same": "1",
        },
        chunk=16384,
        store=STORE / f"design-linear-{number}.zarr",
    )
    # under the exact response: those that do best under the linear one, and a fair sample
    best = np.argsort(linear.barrier.values * linear.inside.values)[::-1][: number // 512]
    chosen = np.unique(np.concatenate([best, np.arange(number // 64)]))
    exact = run(
        random_exact,
        grid={"index": chosen},
        results={
            "stable": "1",
            "barrier": "gamma0",
            "inside": "1",
        },
        chunk=256,
        store=STORE / f"design-exact-{number}.zarr",
    )
    write(windows, volume, linear, exact)
    return 0


def write(windows: Any, volume: Any, linear: Any, exact: Any) -> None:
    """Reduce the sweeps to what the chapter draws, half a megabyte at most."""
    arrays: dict[str, Any] = {"log_c": LOG_C, "y_c": Y_C, "w": W}
    for side in ("forward", "backward"):
        for end in ("low", "high"):
            size = windows[f"{side}_{end}"].values
            with np.errstate(divide="ignore"):
                log = np.where(np.isfinite(size) & (size > 0), np.log10(size), np.nan)
            arrays[f"log_{side}_{end}"] = log.astype("float16")
        arrays[f"{side}_folds"] = windows[f"{side}_folds"].values.astype("int8")
        most = volume[f"{side}_stable"].max("w").values.astype("int8")
        arrays[f"{side}_most"] = most
        per_bias = volume[f"{side}_barrier"].values / W
        arrays[f"{side}_barrier_per_bias"] = per_bias.max(axis=2).astype("float16")
        arrays[f"log_{side}_best_w"] = np.log10(W[per_bias.argmax(axis=2)]).astype("float16")
    size = np.abs(volume.R.values)
    arrays["R_largest"] = size.max(axis=2).astype("float16")
    good = size >= 0.9
    first = np.where(good.any(axis=2), np.log10(W[good.argmax(axis=2)]), np.nan)
    arrays["log_w_of_R_09"] = first.astype("float16")

    index = linear.index.values
    devices, bias = random_devices(index)
    c, _, w = reduced(devices, bias)
    multistable = linear.stable.values > 1
    # where among c and w the multistable ones lie
    edges_c, edges_w = np.linspace(-5, 2, 57), np.linspace(-3, 4, 57)
    where = (np.log10(c), np.log10(np.abs(w)))
    arrays["edges_log_c"], arrays["edges_log_w"] = edges_c, edges_w
    arrays["all_count"] = np.histogram2d(*where, (edges_c, edges_w))[0].astype("int32")
    many = np.histogram2d(*(a[multistable] for a in where), (edges_c, edges_w))[0]
    arrays["multistable_count"] = many.astype("int32")
    # the barrier as a part of the bias
    share = linear.barrier.values / bias
    edges_share = np.linspace(0, 0.26, 53)
    arrays["edges_share"] = edges_share
    arrays["share_count"] = np.histogram(share[multistable], edges_share)[0].astype("int32")
    arrays["R_edges"] = np.linspace(-1, 1, 81)
    arrays["R_count"] = np.histogram(linear.R.values, arrays["R_edges"])[0].astype("int32")

    # exact against linear, for the same devices
    chosen = exact.index.values
    fair = chosen < len(index) // 64
    few = np.searchsorted(index, chosen)
    arrays["exact_index"] = chosen.astype("int32")
    arrays["exact_fair"] = fair
    arrays["exact_stable"] = exact.stable.values.astype("int8")
    arrays["exact_barrier"] = exact.barrier.values.astype("float32")
    arrays["exact_inside"] = exact.inside.values.astype("int8")
    arrays["linear_stable"] = linear.stable.values[few].astype("int8")
    arrays["linear_barrier"] = linear.barrier.values[few].astype("float32")
    arrays["linear_inside"] = linear.inside.values[few].astype("int8")

    facts = {
        "devices": len(index),
        "multistable": int(multistable.sum()),
        "multistable_inside": int((multistable & (linear.inside.values > 0)).sum()),
        "three_or_more": int((linear.stable.values > 2).sum()),
        "largest_share": float(share.max()),
        "largest_misfit": float(linear.misfit.values.max()),
        "different_counts": int((linear.same.values == 0).sum()),
        "ranges": RANGES,
        "units": "gamma0 = a = hbar = e = kB = 1",
        "made_by": "python -m benchmarks.design_space",
    }
    partial = OUT.with_suffix(f".{os.getpid()}.partial")
    with open(partial, "wb") as file:
        np.savez_compressed(file, facts=np.array(json.dumps(facts)), **arrays)
    partial.replace(OUT)
    print(json.dumps(facts, indent=1))
    print(f"{OUT.relative_to(ROOT)}: {OUT.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    # through the module's own name, so that other processes can import what they are handed
    from benchmarks.design_space import main as run_main

    sys.exit(run_main())
