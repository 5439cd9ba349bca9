"""Files are observed one by one: in any order, in any process, with nothing that is not ours in between."""

from __future__ import annotations

import pickle
from itertools import permutations
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from lossguard.analysis.engine import Engine
from lossguard.analysis.seen import Now
from lossguard.analysis.source import SourceFile, read
from lossguard.assessment import LossVerdict, assess
from lossguard.config import Config
from lossguard.contracts import BY_MODULE
from lossguard.diagnostics import Span
from lossguard.facts import UNKNOWN_OPTION
from lossguard.observing import Observation, OneByOne, Program, alone
from lossguard.packing import pack, unpack

DEFAULTS = Config()
PROGRAM = {
    "nets": "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x): return x.softmax(1)\n",
    "losses": "import torch.nn.functional as F\ndef loss(x, y): return F.cross_entropy(x, y)\n",
    "train": "from nets import Net\nfrom losses import loss\ndef train(x, y): loss(Net()(x), y).backward()\n",
    "other": """
import torch
from losses import loss
loss(torch.nn.Linear(3, 2)(torch.ones(4, 3)), torch.ones(4).long())
""",
    "idle": "import nets\n",
}


@pytest.fixture
def sources(tmp_path: Path) -> tuple[SourceFile, ...]:
    for name, text in PROGRAM.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tuple(read(tmp_path / f"{name}.py") for name in PROGRAM)


def verdicts(calls: list[LossVerdict]) -> list[tuple[Any, ...]]:
    return sorted((call.span, call.verdict, call.diagnostics, call.input) for call in calls)


def test_the_order_of_the_files_changes_nothing(sources: tuple[SourceFile, ...]) -> None:
    found = {repr(verdicts(assess(Program(each), DEFAULTS).calls)) for each in permutations(sources)}
    assert len(found) == 1
    assert "LG101" in found.pop()


def test_to_begin_anew_changes_nothing(
    sources: tuple[SourceFile, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = assess(Program(sources), DEFAULTS).calls
    monkeypatch.setattr("lossguard.analysis.engine.MAX_HELD", 0)
    assert assess(Program(sources), DEFAULTS).calls == expected


def test_what_was_observed_apart_is_what_is_observed_together(sources: tuple[SourceFile, ...]) -> None:
    def apart(program: Program, config: Config, numbers: Any) -> Observation:
        return Observation.together(unpack(pack(alone(program, config, [n])), Observation) for n in numbers)

    program = Program(sources)
    assert assess(program, DEFAULTS, apart).calls == assess(program, DEFAULTS).calls


def test_one_by_one_shares_what_is_imported(
    sources: tuple[SourceFile, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [assess(Program((source,)), DEFAULTS).calls for source in sources]
    reads: list[str] = []

    def reading(file: Path) -> SourceFile:
        reads.append(file.stem)
        return read(file)

    monkeypatch.setattr("lossguard.analysis.source.read", reading)
    shared = OneByOne()
    assert [assess(Program((source,)), DEFAULTS, shared).calls for source in sources] == expected
    assert reads.count("losses") == 1  # by the two that import it


def test_what_one_file_depends_on(sources: tuple[SourceFile, ...], tmp_path: Path) -> None:
    engine = Engine((), top=tmp_path)
    for source in sources:
        engine.observe(source)
    reached = {source.path: {Path(path).stem for path in engine.reach(source)} for source in sources}
    assert {Path(path).stem: reach for path, reach in reached.items()} == {
        "nets": {"nets"},
        "losses": {"losses"},
        "train": {"train", "nets", "losses"},
        "other": {"other", "losses"},
        "idle": {"idle", "nets"},
    }
    train, idle = engine.seen_by(sources[2]), engine.seen_by(sources[4])
    assert train.still_holds(Now())
    (tmp_path / "losses.py").write_text("")
    assert (train.still_holds(Now()), idle.still_holds(Now())) == (False, True)
    (tmp_path / "nets.py").unlink()
    assert not idle.still_holds(Now())


def test_what_is_packed_comes_back() -> None:
    loss = BY_MODULE["torch.nn.MSELoss"]
    value = (loss, UNKNOWN_OPTION, MappingProxyType({"a": Span("a.py", 1, 2, 3, 4)}), frozenset({1}), ...)
    back = unpack(pack(value), tuple)
    assert back == value
    assert back[0] is loss
    assert back[1] is UNKNOWN_OPTION
    assert type(back[2]) is MappingProxyType


def test_what_cannot_be_packed_is_refused() -> None:
    deep: tuple[object, ...] = ()
    for _ in range(100_000):
        deep = (deep,)
    for value in (lambda: 0, deep):
        with pytest.raises(ValueError, match="not writable"):
            pack(value)


class Strange:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


@pytest.mark.parametrize(
    "packed",
    [
        pickle.dumps(Strange()),
        b"cos\nsystem\n(S'echo run'\ntR.",
        b"clossguard.packing\nio.open\n(S'run'\nS'w'\ntR.",
        b"clossguard.packing\npickle\n.",
        b"clossguard.packing\nunpack\n(C\x00tR.",
        b"clossguard.diagnostics\ndataclass\n.",
        b"",
        pickle.dumps("text"),
        pickle.dumps((1, 2)),
    ],
)
def test_what_is_not_ours_is_refused(
    packed: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"not readable|instead of Observation"):
        unpack(packed, Observation)
    assert capsys.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []


def test_what_a_module_leaves_behind_is_seen_by_no_other(tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text(
        "import torch.nn.functional as F\nheads = []\ndef loss(x, y): F.nll_loss(x, y)\n"
    )
    script = "import torch\nfrom shared import heads, loss\nheads.append(torch.nn.LogSoftmax(1))\n"
    (tmp_path / "one.py").write_text(script)
    (tmp_path / "two.py").write_text("from shared import heads, loss\ndef f(x, y): loss(heads[0](x), y)\n")
    one, two = read(tmp_path / "one.py"), read(tmp_path / "two.py")
    engine, alone_ = Engine((one, two)), Engine((one, two))
    engine.observe(one)
    assert engine.observe(two) == alone_.observe(two)
