"""Values on a device that may not be waited for: a device whose way to the host is made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

import lossguard
from lossguard import LossGuardError, guard, report, watch
from lossguard.runtime import deferred, inspection, tally
from tests.runtime.semantics import C, N, binary, classes, scores

_to_list = Tensor.tolist
READING = ("tolist", "numpy", "__array__", "cpu", "to")
"""Methods that bring elements to the host, some of them without an operator."""

WAITING = frozenset(
    {
        "aten::_local_scalar_dense",  # item, bool, int, float, is_nonzero, and every branch on a tensor
        "aten::equal",
        "aten::is_nonzero",
        "aten::masked_select",
        "aten::nonzero",
        "aten::repeat_interleave",
        "aten::unique_dim",
        "aten::_unique2",
    }
)
"""Operators whose result, or its shape, the host has to know."""


class MadeUp:
    """A device, and its way to the host: what is sent arrives when the test says so."""

    def __init__(self) -> None:
        self.captures = False
        self.sent = 0
        self.there = 0

    def is_open(self) -> bool:
        return not self.captures

    def send(self, record: Tensor) -> deferred.Arrival:
        assert not self.captures
        assert record.shape == (2,)
        self.sent += 1
        return Parcel(self, self.sent, _to_list(record))

    def deliver(self) -> None:
        self.there = self.sent


class Parcel:
    def __init__(self, lane: MadeUp, number: int, content: list[float]) -> None:
        self.lane, self.number, self.content = lane, number, content

    def arrived(self) -> bool:
        return self.number <= self.lane.there

    def values(self) -> list[float]:
        assert self.arrived()
        return self.content


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    made = MadeUp()
    for module in (deferred, inspection):
        monkeypatch.setattr(module, "lane_of", lambda given: made if isinstance(given, Tensor) else None)
    return made


class NoWaiting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operator, and lets those fail that would wait for a device."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        by_mask = func.overloadpacket is torch.ops.aten.index and any(
            index is not None and index.dtype is torch.bool for index in args[1]
        )
        if by_mask or func._schema.name in WAITING:
            raise AssertionError(f"{func} waits for the device")
        return func(*args, **(kwargs or {}))


@contextmanager
def no_waiting() -> Iterator[None]:
    """Let whatever would wait for a device fail."""

    def waits(*_: object, **__: object) -> None:
        raise AssertionError("that waits for the device")

    with pytest.MonkeyPatch.context() as patch, NoWaiting():  # type: ignore[no-untyped-call]
        patch.setattr(inspection, "_dispatch_modes", lambda: 0)
        for name in READING:
            patch.setattr(Tensor, name, waits)
        yield


@pytest.mark.parametrize(
    "wait",
    [
        lambda given: given[0, 0].item(),
        lambda given: bool((given > 0).any()),
        lambda given: float(given[0, 0]),
        lambda given: given.tolist(),
        lambda given: given.numpy(),
        lambda given: given.cpu(),
        lambda given: given.to("cpu"),
        lambda given: given[given > 0],
        lambda given: given.nonzero(),
        lambda given: given.unique(),
        lambda given: torch.equal(given, given + 1),
        lambda given: [index for index in range(3) if given[0, index] > 0],
    ],
)
def test_what_waits_would_be_noticed(wait: Callable[[Tensor], object]) -> None:
    given = torch.randn(N, C)
    with no_waiting(), pytest.raises(AssertionError, match="waits for the device"):
        wait(given)


@pytest.mark.parametrize(
    ("kind", "memory", "stream"),
    [
        ("cuda", "pinned", "the stream of cuda:0"),
        ("xpu", "pinned", "the stream of xpu:0"),
        ("mps", "pageable", None),
    ],
)
def test_the_way_from_a_device_is_queued_and_asked(
    kind: str, memory: str, stream: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    class Event:
        there = False

        def __init__(self, device: torch.device) -> None:
            done.append("event")

        def record(self, stream: object) -> None:
            done.append(f"record on {stream}")

        def query(self) -> bool:
            return Event.there

    empty, copy = torch.empty, Tensor.copy_

    def allocate(shape: torch.Size, *, dtype: torch.dtype, pin_memory: bool) -> Tensor:
        done.append("pinned" if pin_memory else "pageable")
        return empty(shape, dtype=dtype)

    def transfer(self: Tensor, source: Tensor, non_blocking: bool = False) -> Tensor:
        done.append("queued" if non_blocking else "blocking")
        return copy(self, source)

    device = torch.device(kind, 0)
    monkeypatch.setattr(torch, "get_device_module", lambda device: object())
    monkeypatch.setattr(torch, "Event", Event)
    monkeypatch.setattr(torch.accelerator, "current_stream", lambda device: f"the stream of {device}")
    monkeypatch.setattr(torch, "empty", allocate)
    monkeypatch.setattr(Tensor, "copy_", transfer)
    way = deferred._AcceleratorLane(device)
    assert way.is_open()
    arrival = way.send(torch.tensor([1.0, 2.0]))
    assert done == [memory, "queued", "event", f"record on {stream}"]
    assert not arrival.arrived()
    Event.there = True
    assert arrival.arrived()
    assert arrival.values() == [1, 2]


def test_a_class_index_out_of_range_never_reaches_the_kernel_and_is_told_once_it_is_known(
    lane: MadeUp,
) -> None:
    criterion = guard(nn.CrossEntropyLoss())
    labels = classes()
    labels[3] = 7
    with no_waiting():
        loss = criterion(scores(), labels)  # the call that is wrong
        loss.backward()
        criterion(scores(), classes()).backward()
    lane.deliver()
    with pytest.raises(LossGuardError) as caught:
        criterion(scores(), classes())
    assert caught.value.code == "LG401"
    text = str(caught.value)
    assert "is 7, but `" in text
    assert "has 5 classes, 0 to 4" in text
    assert "input f32[8, 5], target i64[8]; in call 1 of this loss, read in call 3" in text
    here = caught.value.diagnostic.span
    assert "the call that is wrong" in Path(__file__).read_text().splitlines()[here.line - 1]
    criterion(scores(), classes())


def test_every_call_has_its_class_indices_asked_for(lane: MadeUp) -> None:
    criterion = guard(nn.CrossEntropyLoss(), first=1, every=1000)
    for _ in range(30):
        with no_waiting():
            criterion(scores(), classes())
        lane.deliver()
    wrong = classes()
    wrong[0] = -1
    with no_waiting():
        criterion(scores(), wrong)
        criterion(scores(), classes())
    lane.deliver()
    with pytest.raises(LossGuardError, match=r"is -1, but"):
        criterion(scores(), classes())


LOSSES: list[tuple[Callable[[], nn.Module], Callable[[], tuple[Tensor, Tensor]]]] = [
    (nn.CrossEntropyLoss, lambda: (scores(), classes())),
    (lambda: nn.CrossEntropyLoss(torch.rand(C), ignore_index=1), lambda: (scores(), classes())),
    (
        lambda: nn.CrossEntropyLoss(ignore_index=255),
        lambda: (scores(), classes().masked_fill(classes() == 2, 255)),
    ),
    (nn.CrossEntropyLoss, lambda: (scores(), classes().masked_fill(classes() == 2, -100))),
    (nn.CrossEntropyLoss, lambda: (scores(N, C, 3), classes(N, 3))),
    (nn.CrossEntropyLoss, lambda: (scores(), classes().byte())),
    (nn.CrossEntropyLoss, lambda: (scores(), scores().detach().softmax(1))),
    (nn.NLLLoss, lambda: (scores().log_softmax(1), classes())),
    (nn.MultiMarginLoss, lambda: (scores(), classes())),
    (nn.MultiLabelMarginLoss, lambda: (scores(), torch.full((N, C), -1).index_fill(1, torch.tensor([0]), 2))),
    (nn.BCELoss, lambda: (scores().sigmoid(), binary())),
    (nn.BCEWithLogitsLoss, lambda: (scores(), binary())),
    (nn.MSELoss, lambda: (scores(), binary())),
]


@pytest.mark.parametrize(("kind", "batch"), LOSSES)
def test_right_calls_give_what_they_gave_and_never_wait(
    lane: MadeUp,
    kind: Callable[[], nn.Module],
    batch: Callable[[], tuple[Tensor, Tensor]],
) -> None:
    torch.manual_seed(0)
    bare = kind()
    criterion = guard(kind(), first=3, every=4)
    criterion.load_state_dict(bare.state_dict())
    for _ in range(12):
        given, target = batch()
        twin = given.detach().requires_grad_()
        again = given.detach().requires_grad_()
        expected = bare(twin, target)
        expected.backward()
        with no_waiting():
            found = criterion(again, target)
            found.backward()
            criterion(given, target)
        lane.deliver()
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
        torch.testing.assert_close(again.grad, twin.grad, rtol=0, atol=0)
    assert lane.sent


def told_later(lane: MadeUp, call: Callable[[], object]) -> str | None:
    with no_waiting():
        call()
    lane.deliver()
    try:
        call()
    except LossGuardError as error:
        return error.code
    return None


def test_what_is_told_later(lane: MadeUp) -> None:
    broken = scores().detach()
    broken[0, 0] = torch.nan
    cross, with_logits, poisson = nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss(), nn.PoissonNLLLoss()
    likelihood = nn.NLLLoss()
    assert told_later(lane, lambda: guard(cross)(broken, classes())) == "LG402"
    assert told_later(lane, lambda: guard(with_logits)(scores(), binary() * 255)) == "LG403"
    assert told_later(lane, lambda: guard(poisson)(scores(), binary() - 1)) == "LG403"
    masked = scores().detach()
    masked[0, 0] = -torch.inf  # right as a mask, but class 0 is the target of sample 0
    assert told_later(lane, lambda: guard(likelihood)(masked.log_softmax(1), classes())) == "LG402"
    function = guard(functional.cross_entropy)
    one_based = classes() + 1
    assert told_later(lane, lambda: function(input=scores(), target=one_based)) == "LG401"


def test_metadata_and_the_graph_are_judged_at_once(lane: MadeUp) -> None:
    with no_waiting(), pytest.raises(LossGuardError) as caught:
        guard(nn.CrossEntropyLoss())(scores().softmax(1), classes())
    assert caught.value.code == "LG101"
    assert not lane.sent


def test_nothing_is_queued_while_the_work_of_a_device_is_captured(lane: MadeUp) -> None:
    tally.clear()
    criterion = guard(nn.CrossEntropyLoss())
    lane.captures = True
    with no_waiting():
        for _ in range(3):
            criterion(scores(), classes())
    assert not lane.sent
    assert "values not read: 3 calls, while the work of a device is captured" in str(report())
    lane.captures = False
    criterion(scores(), classes())
    assert lane.sent


def test_what_never_arrives_is_let_go_of(lane: MadeUp) -> None:
    criterion = guard(nn.CrossEntropyLoss())
    with no_waiting():
        for labels in (classes() + 1, *[classes()] * 100):
            criterion(scores(), labels)
    lane.deliver()
    criterion(scores(), classes())


def test_a_watch_tells_later_too_and_of_guarded_losses_once(lane: MadeUp) -> None:
    found: list[lossguard.Diagnostic] = []
    wrong = classes() + 1
    with watch(on_violation=found.append):
        criterion = guard(nn.CrossEntropyLoss(), on_violation=found.append)
        for one in (nn.CrossEntropyLoss(), criterion):
            for labels in (wrong, classes(), classes()):
                one(scores(), labels)
                lane.deliver()
    assert [each.code for each in found] == ["LG401", "LG401"]


def test_a_loss_without_class_indices_is_asked_on_schedule_only(lane: MadeUp) -> None:
    criterion = guard(nn.MSELoss(), first=2, every=50)
    for _ in range(60):
        with no_waiting():
            criterion(scores(), binary())
        lane.deliver()
    assert lane.sent == 3 * 3  # input, target and loss of the calls 1, 2 and 51
