"""What the guard costs: a guarded call against a bare one, taken in turns in one run.

python tests/benchmarks/bench_guard.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossguard import guard

SHAPES = ((32, 10), (256, 1000))
ROUNDS = 60
BUDGET = 0.005


def _seconds(call: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def compare(
    bare: Callable[..., object], guarded: Callable[..., object], *args: Tensor
) -> tuple[float, float]:
    """Return the median seconds of a bare call, and the median ratio of neighbouring rounds."""
    for _ in range(20):
        guarded(*args)
    times = max(1, int(BUDGET / _seconds(lambda: bare(*args), 20)))
    rounds = [
        (_seconds(lambda: bare(*args), times), _seconds(lambda: guarded(*args), times)) for _ in range(ROUNDS)
    ]
    return statistics.median(one for one, _ in rounds), statistics.median(b / a for a, b in rounds)


def main() -> None:
    """Print one line for each loss and shape; the default schedule of value checks is part of it."""
    torch.set_num_threads(1)
    for samples, classes in SHAPES:
        logits = nn.Linear(16, classes)(torch.randn(samples, 16))
        labels = torch.randint(classes, (samples,))
        targets = torch.rand(samples, classes)
        for name, bare, guarded, target in (
            ("CrossEntropyLoss", nn.CrossEntropyLoss(), guard(nn.CrossEntropyLoss()), labels),
            ("F.cross_entropy", functional.cross_entropy, guard(functional.cross_entropy), labels),
            ("BCEWithLogitsLoss", nn.BCEWithLogitsLoss(), guard(nn.BCEWithLogitsLoss()), targets),
        ):
            seconds, ratio = compare(bare, guarded, logits, target)
            added = (ratio - 1) * seconds
            print(
                f"{name:18} ({samples}, {classes}):  bare {seconds * 1e6:7.1f} µs"
                f"  guarded x{ratio:.3f}  (+{added * 1e6:.1f} µs)"
            )


if __name__ == "__main__":
    main()
