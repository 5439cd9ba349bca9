"""What the guard costs: a guarded call against a bare one, taken in turns in one run.

python tests/benchmarks/bench_guard.py [rounds [samples classes]]

Short bursts of either kind alternate; the least of each counts, which other work on the machine cannot lower.
``metadata`` checks metadata and provenance alone. ``values`` is what one look at values costs besides; on the
default schedule that is one call in a hundred. ``watch`` is the bare criterion inside of ``watch()``, and
``disarmed`` a criterion that ``LOSSGUARD=off`` or ``unguard`` left alone.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossguard import guard, unguard, watch

SHAPES = ((32, 10), (256, 1000), (8192, 32000))
BURST = 0.001
NEVER = 10**12

Call = Callable[[], object]


def _seconds(call: Call, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def compare(ways: Mapping[str, Call], rounds: int) -> dict[str, float]:
    """Return the least seconds of each way, measured in turns; the first one sets the length of a burst."""
    times = max(1, int(BURST / max(1e-7, _seconds(next(iter(ways.values())), 3))))
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, call in ways.items():
            least[name] = min(least[name], _seconds(call, times))
    return least


def _show(title: str, least: dict[str, float]) -> None:
    (_, bare), *others = least.items()
    print(f"{title}: bare {bare * 1e6:.2f} µs")
    for name, seconds in others:
        print(f"  {name:22} x{seconds / bare:.3f}  ({(seconds - bare) * 1e6:+.2f} µs)", flush=True)


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


def _disarmed() -> nn.Module:
    os.environ["LOSSGUARD"] = "off"
    left_alone = guard(nn.CrossEntropyLoss())
    del os.environ["LOSSGUARD"]
    return unguard(left_alone)


def losses(samples: int, classes: int, rounds: int) -> None:
    """Show what each way adds to a loss of shape (samples, classes)."""
    scores = nn.Linear(16, classes)(torch.randn(samples, 16))
    labels, targets = torch.randint(classes, (samples,)), torch.rand(samples, classes)
    for kind, target in ((nn.CrossEntropyLoss, labels), (nn.BCEWithLogitsLoss, targets)):
        ways: dict[str, Callable[[Tensor, Tensor], object]] = {
            "bare": kind(),
            "metadata": guard(kind(), first=0, every=NEVER),
            "values, each call": guard(kind(), first=NEVER),
            "disarmed": _disarmed() if kind is nn.CrossEntropyLoss else kind(),
        }
        if (annotated := _annotated()) is not None and kind is nn.CrossEntropyLoss:
            ways["jaxtyping + beartype"] = annotated
        calls = {name: partial(loss, scores, target) for name, loss in ways.items()}
        for call in calls.values():
            call()
        _show(f"{kind.__name__} ({samples}, {classes})", compare(calls, rounds))
        _show(f"{kind.__name__} ({samples}, {classes})", _watched(partial(kind(), scores, target), rounds))


def step(rounds: int) -> None:
    """Show what ``watch`` adds to a whole training step of a small model."""
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    criterion, batch, labels = nn.CrossEntropyLoss(), torch.randn(64, 64), torch.randint(10, (64,))

    def train() -> None:
        optimizer.zero_grad()
        criterion(model(batch), labels).backward()
        optimizer.step()

    _show("training step of a small model", _watched(train, rounds))


def _watched(call: Call, rounds: int) -> dict[str, float]:
    """Measure a call outside and inside of a watch, in turns."""
    least = {"bare": float("inf"), "watch": float("inf")}
    for _ in range(max(3, rounds // 10)):
        least["bare"] = min(least["bare"], *compare({"bare": call}, 10).values())
        with watch(first=1):
            call()
            call()
            least["watch"] = min(least["watch"], *compare({"watch": call}, 10).values())
    return least


if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted, *shape = [int(word) for word in sys.argv[1:]] or [200]
    for samples, classes in [(shape[0], shape[1])] if shape else SHAPES:
        losses(samples, classes, wanted if samples < 1000 else 5)
    step(wanted)
