"""What torch does with each row of the facts file, and what the guard says; and random right batches.

python -m tests.benchmarks.table_guard [batches [loss ...]]

Prints the table as Markdown with its counts and the reasons for what is not told, as ``docs/guard.md`` has
them, then how many false alarms there are on so many random right batches a loss. For losses that are named,
by the functions of ``test_right_calls.py``, only the batches.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from torch import nn

import lossguard
from tests.runtime.test_right_calls import DRAWS, Draw, computed
from tests.runtime.test_semantics import CASES, DATA, LEFT_TO_TORCH, UNTOLD, verdict_of

OUTCOMES: Mapping[str, str] = {
    "silent": "says nothing",
    "warns": "warns",
    "raises_in_backward": "raises only in the backward pass",
    "crashes": "corrupts memory",
    "raises": "raises",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the facts file.

    outcome: what torch does; said: the code that the guard raises, None for none.
    is_call: whether the row makes a call of a loss; is_wrong: whether that call is one.
    """

    loss: str
    misuse: str
    outcome: str
    said: str | None
    is_call: bool
    is_wrong: bool

    @property
    def reason(self) -> str:
        """Why the guard leaves a wrong row alone."""
        key = self.loss, self.misuse
        return UNTOLD[key] if key in UNTOLD else LEFT_TO_TORCH[key]

    def written(self) -> str:
        """Write the row down."""
        if not self.is_call:
            guard = "not tried"
        elif not self.is_wrong:
            guard = self.said or "right: silent"
        else:
            guard = self.said or ("not told" if (self.loss, self.misuse) in UNTOLD else "left to torch")
        return f"| {self.loss} | {self.misuse.replace('|', '/')} | {OUTCOMES[self.outcome]} | {guard} |\n"


class Table:
    """Every row of the facts file, and what is to be said of them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._right = [row for row in rows if row.is_call and not row.is_wrong]
        self._wrong = [row for row in rows if row.is_wrong]

    def table(self) -> str:
        """Write every row."""
        head = "| loss | what it is given | torch 2.13 | the guard |\n| --- | --- | --- | --- |\n"
        return head + "".join(row.written() for row in self.rows)

    def counts(self) -> str:
        """Write how many of the wrong rows are told, by what torch does with them."""
        head = "| torch 2.13 | wrong rows | told by the guard |\n| --- | ---: | ---: |\n"
        lines = []
        for outcome, what in OUTCOMES.items():
            wrong = [row for row in self._wrong if row.outcome == outcome]
            lines.append(f"| {what} | {len(wrong)} | {_told(wrong)} |\n")
        alarms = f"| *right rows, and false alarms* | {len(self._right)} | {_told(self._right)} |\n"
        return head + "".join(lines) + alarms

    def reasons(self) -> str:
        """Write why the guard leaves wrong rows alone."""
        left = [row for row in self._wrong if row.said is None]
        return "".join(f"- {row.loss}, {row.misuse}: {row.reason}\n" for row in left)

    def sentence(self) -> str:
        """Say how much of it is told."""
        loud = [row for row in self._wrong if row.outcome == "raises"]
        quiet = [row for row in self._wrong if row.outcome != "raises"]
        return (
            f"Of {len(self.rows)} ways to call a loss, {len(quiet)} are wrong where torch 2.13 says nothing, "
            f"only warns, raises too late or\ncorrupts memory: the guard tells {_told(quiet)} of them. Of "
            f"{len(loud)} where torch raises it tells {_told(loud)} first, in words that say\nwhat to "
            f"change. Of {len(self._right)} right ones it tells {_told(self._right)}.\n"
        )


def _told(rows: Sequence[Row]) -> int:
    return sum(row.said is not None for row in rows)


def facts() -> Table:
    """Do to the guard what each row of the facts file does."""
    cases = {(case.loss, case.misuse): case for case in CASES}

    def read() -> Iterator[Row]:
        for each in json.loads(DATA.read_text()):
            case = cases.get((each["loss"], each["misuse"]))
            said = None if case is None else verdict_of(case, lossguard.guard)
            told = said if said is not None and said.startswith("LG") else None
            is_wrong = case is not None and case.verdict is not None
            yield Row(each["loss"], each["misuse"], each["outcome"], told, case is not None, is_wrong)

    return Table(tuple(read()))


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
        found = facts()
        print(found.table(), found.counts(), found.reasons(), sep="\n")
    for each in DRAWS:
        if not named or each.__name__ in named:
            print(f"{each.__name__}: {right_batches(each, wanted)}", flush=True)
