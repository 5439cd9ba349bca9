"""Values on an accelerator, looked at without ever waiting for it: CUDA, MPS and XPU by the same path.

To read a value of a device is to wait until it has done all that was asked of it before. So the few numbers
that rules ask for are computed there, set out for the host, and read at a later call, once they have arrived.
By then a class index out of range would have ended the use of the device in an assert; the loss gets an index
that exists instead, which changes nothing where all of them do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn

from lossguard.contracts import Contract, Parameter, Target
from lossguard.elements import RESULT, Element, Elements
from lossguard.facts import LossCall
from lossguard.rules.readings import INDEX_DTYPES, ignored_index, number_of_classes
from lossguard.runtime.location import Site, Words, user_frame
from lossguard.runtime.look import shapes_of
from lossguard.runtime.observation import by_key, observe

REMEMBERED: Final = 256
ACCELERATORS: Final = frozenset({"cuda", "mps", "xpu"})
_PLAIN = (Tensor, nn.Parameter)


class Arrival(Protocol):
    """A few numbers on their way to the host."""

    def arrived(self) -> bool:
        """Tell, without waiting, whether they are there."""

    def values(self) -> list[float]:
        """Give them; only once they have arrived."""


class Lane(Protocol):
    """The way from one device to the host."""

    def is_open(self) -> bool:
        """Whether work may be queued now: not while the device's work is captured as a graph."""

    def send(self, record: Tensor) -> Arrival:
        """Set out a record of one dimension, behind the work that is queued already, and do not wait."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a loss.

    loss: takes the arguments; owner: the module that holds its options, if there is one.
    signature: calls alike in it have the same facts; number: which call of its loss it is, from 1.
    reads_values: whether its values are to be read, by ``lane`` where they are on a device.
    """

    loss: Callable[..., object]
    owner: nn.Module | None
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    signature: object
    number: int
    reads_values: bool
    lane: Lane | None = None

    @property
    def reads_here(self) -> bool:
        """Whether values are to be read at once."""
        return self.reads_values and self.lane is None

    def compute(self) -> object:
        """Compute the loss."""
        return self.loss(*self.args, **self.kwargs)


def lane_of(tensor: object) -> Lane | None:
    """Find the way from the device of a tensor; None for what is on the host, or on no known accelerator."""
    if type(tensor) not in _PLAIN or not isinstance(tensor, Tensor) or tensor.is_cpu:
        return None
    return _lane(tensor.device) if tensor.device.type in ACCELERATORS else None


@cache
def _lane(device: torch.device) -> Lane:
    return _AcceleratorLane(device)


class _AcceleratorLane:
    __slots__ = ("_device", "_module")

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._module: Any = torch.get_device_module(device)

    def is_open(self) -> bool:
        capturing = getattr(self._module, "is_current_stream_capturing", None)
        return capturing is None or not capturing()

    def send(self, record: Tensor) -> Arrival:
        shares_memory = self._device.type == "mps"
        host = torch.empty(record.shape, dtype=record.dtype, pin_memory=not shares_memory)
        host.copy_(record, non_blocking=True)
        event: Any = torch.Event(self._device)
        event.record(None if shares_memory else torch.accelerator.current_stream(self._device))
        return _Copy(host, event)


@dataclass(frozen=True, slots=True)
class _Copy:
    host: Tensor
    event: Any

    def arrived(self) -> bool:
        return bool(self.event.query())

    def values(self) -> list[float]:
        found: list[float] = self.host.tolist()
        return found


@dataclass(frozen=True)
class Recorded(Elements):
    """What has arrived of the elements of a tensor: the least and the greatest of those that count."""

    low: float
    high: float

    def extremes(self) -> tuple[float, float]:
        """See the base class."""
        return self.low, self.high

    def outside(
        self,
        low: float,
        high: float,
        *,
        spared: int | None = None,
        lengths: Sequence[int] | None = None,  # noqa: ARG002
    ) -> Element | None:
        """See the base class."""
        wrong = self.high if self.high > high else self.low
        return None if low <= wrong <= high or wrong == spared else Element(wrong)

    def equal(self, value: int, *, lengths: Sequence[int] | None = None) -> Element | None:
        """See the base class: it cannot be told."""

    def sums(self, dim: int) -> tuple[float, float] | None:
        """See the base class: it cannot be told."""

    def listed(self) -> list[int] | None:
        """See the base class: it cannot be told."""


@dataclass(frozen=True, slots=True)
class Note:
    """A call whose numbers are on their way.

    call: its facts, without elements; number: which call of its loss it was, from 1; shapes: what it was
    given, in words; place: file and line of the call.
    """

    call: LossCall
    number: int
    shapes: str
    place: tuple[str, int]
    arrivals: Mapping[str, Arrival]

    def arrived(self) -> bool:
        """Tell, without waiting, whether all numbers are there."""
        return all(arrival.arrived() for arrival in self.arrivals.values())

    def read(self, site: Site | None = None) -> LossCall:
        """Give the facts of the call with what has arrived, in the words of a site."""
        found = {key: Recorded(*arrival.values()) for key, arrival in self.arrivals.items()}
        call = replace(self.call, elements=MappingProxyType(found))
        return call if site is None else _in_words(call, site)


def _in_words(call: LossCall, site: Site) -> LossCall:
    given = {}
    for key, argument in call.arguments.items():
        words = site.arguments.get(key) or Words(argument.text, site.span)
        given[key] = replace(argument, text=words.text, span=words.span)
    return replace(call, text=site.text or call.text, span=site.span, arguments=MappingProxyType(given))


class Deferral:
    """The calls of one loss whose numbers are on their way, the oldest first; of more than 64 the oldest go.

    in_every_call: whether class indices were met on a device: what they are is asked in every call, since a
        wrong one would otherwise end the use of the device.
    """

    __slots__ = ("_calls", "_contract", "_parameters", "_waiting", "in_every_call")

    def __init__(self, contract: Contract, parameters: Sequence[Parameter]) -> None:
        self._contract = contract
        self._parameters = parameters
        self._calls: dict[object, tuple[LossCall, str]] = {}
        self._waiting: deque[Note] = deque(maxlen=64)
        self.in_every_call = False

    @property
    def is_busy(self) -> bool:
        """Whether the next call has to come by here."""
        return self.in_every_call or bool(self._waiting)

    def arrived(self) -> Note | None:
        """Take the oldest call whose numbers are there; never wait."""
        if self._waiting and self._waiting[0].arrived():
            return self._waiting.popleft()
        return None

    def compute(self, lane: Lane, call: Call) -> object:
        """Compute a loss with indices that exist, and set out for the host what its rules ask for."""
        tensors, arrivals = self._given(call), dict[str, Arrival]()
        known, shapes = self._facts(call)
        target = tensors.get(self._contract.target or "")
        if call.reads_values:
            _send_floats(lane, tensors, arrivals)
        if target is not None and lane_of(target) is lane and target.numel() and _holds_class_indices(known):
            self.in_every_call = True
            call = self._with_target(call, _send_classes(lane, known, target, arrivals))
        result = call.compute()
        given = getattr(result, "loss", result)
        if call.reads_values and isinstance(given, Tensor) and given.numel() == 1:
            _send_floats(lane, {RESULT: given}, arrivals)
        if arrivals:
            frame = user_frame()
            place = frame.f_code.co_filename, frame.f_lineno
            self._waiting.append(Note(known, call.number, shapes, place, arrivals))
        return result

    def _given(self, call: Call) -> dict[str, Tensor]:
        demanded = {parameter.key for parameter in self._contract.call}
        given = by_key(self._parameters, call.args, call.kwargs)
        return {key: value for key, value in given.items() if isinstance(value, Tensor) and key in demanded}

    def _facts(self, call: Call) -> tuple[LossCall, str]:
        known = self._calls.get(call.signature)
        if known is None:
            seen = observe(
                self._contract, self._parameters, call.owner, call.args, call.kwargs, reads_values=False
            )
            if len(self._calls) >= REMEMBERED:
                self._calls.clear()
            known = self._calls[call.signature] = seen.call, shapes_of(seen)
        return known

    def _with_target(self, call: Call, target: Tensor) -> Call:
        place, parameter = next(
            (place, each) for place, each in enumerate(self._parameters) if each.key == self._contract.target
        )
        if place < len(call.args):
            return replace(call, args=(*call.args[:place], target, *call.args[place + 1 :]))
        return replace(call, kwargs={**call.kwargs, parameter.name: target})


def _holds_class_indices(call: LossCall) -> bool:
    target = call.arguments.get(call.contract.target or "")
    facts = None if target is None else target.tensor
    return facts is not None and facts.dtype in INDEX_DTYPES and number_of_classes(call) is not None


def _send_floats(lane: Lane, tensors: Mapping[str, Tensor], arrivals: dict[str, Arrival]) -> None:
    for key, tensor in tensors.items():
        if lane_of(tensor) is lane and tensor.is_floating_point() and tensor.numel():
            arrivals[key] = lane.send(torch.stack(torch.aminmax(tensor.detach())))


def _send_classes(lane: Lane, call: LossCall, target: Tensor, arrivals: dict[str, Arrival]) -> Tensor:
    """Set out the least and the greatest class index that counts, and give indices that all exist."""
    classes, ignored = number_of_classes(call) or 1, ignored_index(call)
    least = -1 if Target.PADDED_INDICES in call.contract.targets else 0
    counted = target
    if ignored is not None:
        counted = torch.where(target == ignored, min(1, classes - 1), target)
    arrivals[call.contract.target or ""] = lane.send(torch.stack(torch.aminmax(counted)))
    existing = counted.clamp(least, classes - 1)
    return existing if ignored is None else torch.where(target == ignored, target, existing)
