"""What the guard costs: a guarded call against a bare one, taken in turns in one run.

python tests/benchmarks/bench_guard.py [rounds [samples classes [loss ...]]]

Short bursts of all kinds alternate, in another order each round, and are timed in seconds of CPU of their
thread: other work on the machine counts little. A ratio is the median of the quotients within a round.
``bare again`` is a second bare loss: what is told apart from it is more than noise. As with ``timeit``,
garbage is collected between the rounds only.

``metadata`` checks metadata and provenance alone. ``values`` is what one look at values costs besides; on the
default schedule that is one call in a hundred. ``watch`` is the bare criterion inside of ``watch()``, and
``disarmed`` a criterion that ``LOSSGUARD=off`` or ``unguard`` left alone. The losses that hold no buffer
stand for those where the guard wins nothing back.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import import_module
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossguard import guard, unguard, watch

SHAPES = ((32, 10), (256, 1000), (8192, 32000))
LOSSES = ("CrossEntropyLoss", "BCEWithLogitsLoss", "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss")
BURST = 0.003
WARM = 10
KNOWN = 3
"""Calls after which the guard knows them by a glance."""
NEVER = 10**12

Call = Callable[[], object]
Place = Callable[[], AbstractContextManager[object]]
Seconds = dict[str, list[float]]


def _seconds(call: Call, times: int) -> float:
    start = time.thread_time()
    for _ in range(times):
        call()
    return (time.thread_time() - start) / times


def compare(ways: Mapping[str, tuple[Call, Place]], rounds: int) -> Seconds:
    """Return the seconds of each way and round; the first way sets the length of a burst."""
    for call, place in ways.values():
        with place():
            call()
    first, _ = next(iter(ways.values()))
    times = max(1, int(BURST / max(1e-7, _seconds(first, 3))))
    found: Seconds = {name: [] for name in ways}
    order = list(ways)
    gc.disable()
    for _ in range(rounds):
        gc.collect()
        order.append(order.pop(0))
        for name in order:
            call, place = ways[name]
            with place():
                for _ in range(WARM if times > 1 else KNOWN):
                    call()
                found[name].append(_seconds(call, times))
    gc.enable()
    return found


def show(title: str, found: Seconds) -> None:
    """Print what each way takes, against the first."""
    (_, bare), *others = found.items()
    print(f"{title}: bare {median(bare) * 1e6:.2f} µs")
    for name, seconds in others:
        ratio = median(mine / theirs for mine, theirs in zip(seconds, bare, strict=True))
        more = median(mine - theirs for mine, theirs in zip(seconds, bare, strict=True))
        print(f"  {name:22} x{ratio:.4f}  ({more * 1e6:+.2f} µs)", flush=True)


def _annotated() -> Callable[[Tensor, Tensor], Tensor] | None:
    """Write the same checks of shapes and dtypes with jaxtyping and beartype, where they are installed."""
    try:
        beartype, jaxtyping = import_module("beartype"), import_module("jaxtyping")
    except ModuleNotFoundError:
        return None

    def loss(scores: Tensor, target: Tensor) -> Tensor:
        return functional.cross_entropy(scores, target)

    loss.__annotations__ = {
        "scores": jaxtyping.Float[Tensor, "n c"],
        "target": jaxtyping.Int64[Tensor, " n"],
        "return": jaxtyping.Float[Tensor, ""],
    }
    checked: Callable[[Tensor, Tensor], Tensor] = jaxtyping.jaxtyped(typechecker=beartype.beartype)(loss)
    return checked


def _disarmed(criterion: nn.Module) -> nn.Module:
    os.environ["LOSSGUARD"] = "off"
    left_alone = guard(criterion)
    del os.environ["LOSSGUARD"]
    return unguard(left_alone)


def loss(kind: type[nn.Module], samples: int, classes: int, rounds: int) -> None:
    """Show what each way adds to a loss of shape (samples, classes)."""
    scores = nn.Linear(16, classes)(torch.randn(samples, 16))
    is_cross_entropy = kind is nn.CrossEntropyLoss
    target = torch.randint(classes, (samples,)) if is_cross_entropy else torch.rand(samples, classes)
    ways: dict[str, Callable[[Tensor, Tensor], object]] = {
        "bare": kind(),
        "bare again": kind(),
        "metadata": guard(kind(), first=0, every=NEVER),
        "values, each call": guard(kind(), first=NEVER),
        "disarmed": _disarmed(kind()),
    }
    if is_cross_entropy and (annotated := _annotated()) is not None:
        ways["jaxtyping + beartype"] = annotated
    calls: dict[str, tuple[Call, Place]] = {
        name: (partial(way, scores, target), nullcontext) for name, way in ways.items()
    }
    calls["watch"] = (partial(kind(), scores, target), _watching)
    show(f"{kind.__name__} ({samples}, {classes})", compare(calls, rounds))


def step(rounds: int) -> None:
    """Show what the guard adds to a whole training step of a small model."""
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch, labels = torch.randn(64, 64), torch.randint(10, (64,))
    bare, guarded = nn.CrossEntropyLoss(), guard(nn.CrossEntropyLoss())

    def train(criterion: nn.Module) -> None:
        optimizer.zero_grad()
        criterion(model(batch), labels).backward()
        optimizer.step()

    ways: dict[str, tuple[Call, Place]] = {
        "bare": (partial(train, bare), nullcontext),
        "bare again": (partial(train, bare), nullcontext),
        "watch": (partial(train, bare), _watching),
        "guard": (partial(train, guarded), nullcontext),
    }
    show("training step of a small model", compare(ways, rounds))


def _watching() -> AbstractContextManager[object]:
    return watch(first=1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted, *shape = [int(word) for word in sys.argv[1:4]] or [300]
    for samples, classes in [(shape[0], shape[1])] if shape else SHAPES:
        for name in sys.argv[4:] or LOSSES:
            loss(getattr(nn, name), samples, classes, wanted if samples < 1000 else min(11, wanted))
    if not shape:
        step(wanted)
