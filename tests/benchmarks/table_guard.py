"""What torch does with each row of the facts file, and what the guard says; and random right batches.

python -m tests.benchmarks.table_guard [batches [loss ...]]

Prints the table as Markdown, then how many of the rows that torch passes over in silence are caught, why the
others are not, how many false alarms there are on right rows, and on so many random right batches a loss. For
losses that are named, by the functions of ``test_right_calls.py``, only the batches.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable

import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from torch import nn

import lossguard
from tests.runtime.semantics import Later
from tests.runtime.test_right_calls import DRAWS, Draw, computed
from tests.runtime.test_semantics import CASES, DATA, UNTOLD, verdict_of


def table() -> None:
    """Print a row for each row of the facts file, and the counts."""
    cases = {(case.loss, case.misuse): case for case in CASES}
    counts: Counter[str] = Counter()
    untold: list[str] = []
    print("| loss | misuse | torch 2.13 | guard |\n| --- | --- | --- | --- |")
    for row in json.loads(DATA.read_text()):
        case = cases.get((row["loss"], row["misuse"]))
        said = "not a call under the guard" if case is None else verdict_of(case, lossguard.guard) or "silent"
        print(f"| {row['loss']} | {row['misuse'].replace('|', '/')} | {row['outcome']} | {said} |")
        wrong = case is not None and case.verdict is not None
        quiet = row["outcome"] in ("silent", "warns", "raises_in_backward", "crashes")
        caught = said.startswith("LG")
        if case is None:
            counts["rows that make no call, or test a constructor"] += 1
        elif not wrong:
            counts["right rows"] += 1
            counts["false alarms on right rows"] += caught
        else:
            what = "silent, warning, late or crashing" if quiet else "raising"
            counts[f"wrong rows, torch {what}"] += 1
            counts[f"wrong rows, torch {what}: told by the guard"] += caught
            if not caught and quiet:
                reason = UNTOLD.get((row["loss"], row["misuse"]), "unknown")
                untold.append(f"untold: {row['loss']}: {row['misuse']}: {reason}")
            elif not caught:
                later = f" (wants {case.verdict.code})" if isinstance(case.verdict, Later) else ""
                print(f"left to torch: {row['loss']}: {row['misuse']}{later}", file=sys.stderr)
    print("", *untold, "", sep="\n")
    for what, count in sorted(counts.items()):
        print(f"{what}: {count}")


def right_batches(draw: Draw, batches: int) -> str:
    """Count the false alarms on random right batches of one loss, of every element type that it takes."""
    alarms: list[str] = []
    drawn: Counter[str] = Counter()

    @settings(
        max_examples=batches,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data(), seed=st.integers(0, 2**31))
    def run(data: st.DataObject, seed: int) -> None:
        torch.manual_seed(seed)
        criterion, batch = draw(data)
        loss = computed(criterion, batch)
        if loss is not None and bool(getattr(loss, "loss", loss).isfinite().all()):
            drawn[str(batch[0].dtype).removeprefix("torch.")] += 1
            _guarded(criterion, alarms)(*batch)

    run()
    for alarm in alarms[:3]:
        print(f"  {alarm}")
    types = ", ".join(f"{count} {dtype}" for dtype, count in sorted(drawn.items()))
    return f"{len(alarms)} false alarms in {drawn.total()} right batches ({types})"


def _guarded(criterion: nn.Module, alarms: list[str]) -> Callable[..., object]:
    return lossguard.guard(criterion, on_violation=lambda each: alarms.append(f"{each.code} {each.message}"))


if __name__ == "__main__":
    wanted, named = (int(sys.argv[1]) if len(sys.argv) > 1 else 10_000), sys.argv[2:]
    if not named:
        table()
    for each in DRAWS:
        if not named or each.__name__ in named:
            print(f"{each.__name__}: {right_batches(each, wanted)}", flush=True)
