"""Runs generated programs on torch: under the guard, and with a look at what reaches the loss."""

from __future__ import annotations

import linecache
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from lossguard.contracts import BY_FUNCTION, Contract
from lossguard.diagnostics import Diagnostic
from lossguard.runtime.watch import watch
from tests.generated.programs import Generated

_LOSSES = {dotted.rpartition(".")[2]: contract for dotted, contract in BY_FUNCTION.items()}
SEED = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A loss call of a run: its line, and its tensors by the names of the contract."""

    line: int
    contract: Contract
    tensors: Mapping[str, Tensor]


@dataclass(slots=True)
class Run:
    """What a program did.

    told: codes of the guard, by line.
    raised: the lines that an error went through, the innermost last, and what it says; none without one.
    warned: what torch warned of.
    calls: the loss calls; ``learned`` is whether a gradient other than zero reached a parameter.
    loss: the last one that was computed.
    """

    told: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    raised: tuple[int, ...] = ()
    error: str = ""
    warned: tuple[str, ...] = ()
    calls: list[Call] = field(default_factory=list)
    learned: bool = False
    loss: object = None


def guarded(generated: Generated, mode: str) -> Run:
    """Run a program under the guard."""
    run = Run()

    def told(found: Diagnostic) -> None:
        run.told[found.span.line].add(found.code)

    with watch(on_violation=told):
        _execute(generated, mode, run)
    return run


def observed(generated: Generated, mode: str, scale: float = 1.0) -> Run:
    """Run a program and keep what its losses are given; random numbers are so many times larger."""
    run = Run()
    with _Observer(run, _filename(generated), scale):
        _execute(generated, mode, run)
    return run


def executed(generated: Generated, mode: str = "a") -> Run:
    """Run a program, and nothing more."""
    run = Run()
    _execute(generated, mode, run)
    return run


def _filename(generated: Generated) -> str:
    return f"<program {generated.seed}>"


def _execute(generated: Generated, mode: str, run: Run) -> None:
    filename = _filename(generated)
    linecache.cache[filename] = (
        len(generated.text),
        None,
        generated.text.splitlines(keepends=True),
        filename,
    )
    names: dict[str, Any] = {"__name__": "program"}
    with _noting_warnings(run), _noting_errors(run, filename):
        torch.manual_seed(SEED)
        exec(compile(generated.text, filename, "exec"), names)
        if generated.data is not None:
            torch.manual_seed(SEED)
            batch = tuple(eval(each, {"torch": torch}) for each in generated.data)
            names["loss"] = names["train"]([batch])
        elif "loss" not in names and "train" in names:
            names["loss"] = names["train"](mode)
    run.loss = names.get("loss")
    linecache.cache.pop(filename, None)


@contextmanager
def _noting_warnings(run: Run) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    run.warned = tuple(str(each.message) for each in caught)


@contextmanager
def _noting_errors(run: Run, filename: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001
        run.error = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        run.raised = tuple(_lines(error.__traceback__, filename))


def _lines(traceback: TracebackType | None, filename: str) -> Iterator[int]:
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            yield traceback.tb_lineno
        traceback = traceback.tb_next


class _Observer(TorchFunctionMode):
    """Sees every function of torch that is called."""

    def __init__(self, run: Run, filename: str, scale: float) -> None:
        super().__init__()
        self._run, self._filename, self._scale = run, filename, scale

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name == "backward" and isinstance(args[0], Tensor):
            return self._backward(func, args, kwargs)
        contract = _LOSSES.get(name)
        if contract is not None and getattr(func, "__module__", "") == "torch.nn.functional":
            self._run.calls.append(Call(self._line(), contract, _bound(contract, args, kwargs)))
        result = func(*args, **kwargs)
        return result * self._scale if name in ("randn", "rand") and self._scale != 1.0 else result

    def _line(self) -> int:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        return frame.f_lineno

    def _backward(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        parameters = _leaves(args[0].grad_fn)
        result = func(*args, **kwargs)
        with torch.no_grad():
            gradients = (p.grad.nan_to_num() for p in parameters if p.grad is not None)
            self._run.learned = any(bool((each != 0).any()) for each in gradients)
        return result


def _bound(contract: Contract, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Tensor]:
    given = {p.key: value for p, value in zip(contract.functional, args, strict=False)}
    given |= {p.key: kwargs[p.name] for p in contract.functional if p.name in kwargs}
    return {key: value.detach() for key, value in given.items() if isinstance(value, Tensor)}


def _leaves(node: Any) -> list[Tensor]:
    seen, waiting, found = set(), [node], []
    while waiting:
        each = waiting.pop()
        if each is None or each in seen:
            continue
        seen.add(each)
        if hasattr(each, "variable"):
            found.append(each.variable)
        waiting += [following for following, _ in each.next_functions]
    return found
