"""``watch`` sees every loss call of the process, and leaves torch as it found it."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.nn.functional import cross_entropy as imported_early
from torch.utils.checkpoint import checkpoint

import lossguard
from lossguard import LossGuardError, LossGuardWarning, guard, watch
from lossguard.contracts import CONTRACTS
from lossguard.runtime.interception import ENTRY, interceptable
from tests.runtime.semantics import (
    HAS_LINEAR_CROSS_ENTROPY,
    C,
    Case,
    N,
    binary,
    classes,
    code,
    log_softmax,
    scores,
    soft,
    softmax,
)
from tests.runtime.test_semantics import DECIDED, verdict_of


def _state() -> dict[str, object]:
    """Everything that a watch may touch."""
    found: dict[str, object] = {}
    for contract in CONTRACTS:
        owner: Any = functional if contract.function else nn.AdaptiveLogSoftmaxWithLoss
        name = contract.function.rpartition(".")[2] if contract.function else "forward"
        function = getattr(owner, name, None)
        if function is None:  # in an older release
            continue
        found[contract.name] = (function, function.__code__, dict(vars(function)), function.__defaults__)
    found["globals"] = {*vars(functional), *vars(nn.modules.adaptive)} - {"__warningregistry__"}
    return found


@pytest.fixture(autouse=True)
def torch_stays_as_it_was() -> Iterator[None]:
    before = _state()
    yield
    assert _state() == before
    assert ENTRY not in vars(functional)


def test_every_loss_is_intercepted() -> None:
    there = {each.name for each in CONTRACTS if hasattr(nn, each.name)}
    assert {each.contract.name for each in interceptable()} == there


@pytest.mark.parametrize("case", DECIDED, ids=lambda case: f"{case.loss}: {case.misuse}")
def test_it_says_what_the_guard_says(case: Case) -> None:
    with watch():
        assert verdict_of(case, lambda criterion: criterion) == case.verdict


class Head(nn.Module):
    """A model that computes its own loss, as libraries do."""

    def __init__(self) -> None:
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, out: Tensor, labels: Tensor) -> Tensor:
        loss: Tensor = self.criterion(out, labels)
        return loss


@pytest.mark.parametrize(
    "call",
    [
        lambda: functional.cross_entropy(softmax(), classes()),
        lambda: imported_early(softmax(), classes()),
        lambda: imported_early(target=classes(), input=softmax(), reduction="sum"),
        lambda: nn.CrossEntropyLoss()(softmax(), classes()),
        lambda: nn.CrossEntropyLoss().forward(softmax(), classes()),
        lambda: Head()(softmax(), classes()),
        lambda: checkpoint(Head(), softmax(), classes(), use_reentrant=False),
    ],
)
def test_every_way_to_a_loss_is_covered(call: Callable[[], object]) -> None:
    assert code(call) is None
    with watch():
        assert code(call) == "LG101"
    assert code(call) is None


def test_a_module_speaks_in_the_words_of_its_caller() -> None:
    criterion, out, labels = nn.CrossEntropyLoss(), softmax(), classes()
    with watch(), pytest.raises(LossGuardError) as caught:
        criterion(out, target=labels)
    assert caught.value.diagnostic.message.startswith(
        "`criterion` (CrossEntropyLoss) gets probabilities: `out` comes from `softmax`"
    )
    with watch(), pytest.raises(LossGuardError, match=r"`imported_early` .* has 5 classes, 0 to 4"):
        imported_early(scores(), labels + 1)


def test_other_threads_are_covered() -> None:
    found: list[str | None] = []
    with watch():
        thread = threading.Thread(
            target=lambda: found.append(code(lambda: imported_early(softmax(), classes())))
        )
        thread.start()
        thread.join()
    assert found == ["LG101"]


def test_watches_start_and_stop_in_many_threads() -> None:
    def turn() -> None:
        for _ in range(20):
            with watch(on_violation="log"):
                functional.mse_loss(torch.zeros(2), torch.zeros(2))

    threads = [threading.Thread(target=turn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("first_out", [0, 1])
def test_watches_nest_and_stop_in_any_order(first_out: int) -> None:
    found: list[list[str]] = [[], []]
    watches = [
        watch(on_violation=lambda each: found[0].append(each.code)),
        watch(on_violation=lambda each: found[1].append(each.code)),
    ]
    imported_early(softmax(), classes())
    watches[first_out].stop()
    assert [each.is_running for each in watches] == [first_out != 0, first_out != 1]
    imported_early(softmax(), classes())
    watches[first_out].stop()
    watches[1 - first_out].stop()
    imported_early(softmax(), classes())
    assert found[first_out] == ["LG101"]
    assert found[1 - first_out] == ["LG101"] * 2


def test_what_is_guarded_answers_to_its_guard() -> None:
    lenient = guard(nn.CrossEntropyLoss(), ignore="LG101")
    found: list[str] = []
    collecting = guard(functional.cross_entropy, on_violation=lambda each: found.append(each.code))
    with watch():
        lenient(softmax(), classes())
        collecting(softmax(), classes())
    assert found == ["LG101"]


def test_warn_comes_once_for_each_call_site() -> None:
    with watch(on_violation="warn"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            imported_early(softmax(), classes())
            imported_early(softmax(), classes())
    assert [each.category for each in caught] == [LossGuardWarning] * 2


def test_options_are_those_of_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="first is -1"):
        watch(first=-1)
    with watch(ignore="LG101"):
        imported_early(softmax(), classes())
    monkeypatch.setenv("LOSSGUARD", "off")
    with watch() as running:
        assert not running.is_running
        imported_early(softmax(), classes())


def test_functions_are_what_they_were_to_whoever_looks() -> None:
    signature, text = inspect.signature(imported_early), inspect.getsource(imported_early)
    with watch():
        assert inspect.signature(imported_early) == signature
        assert inspect.getsource(imported_early) == text
        assert functional.cross_entropy is imported_early
        assert pickle.loads(pickle.dumps(imported_early)) is imported_early
        assert copy.deepcopy(imported_early) is imported_early


def _losses() -> list[tuple[Callable[..., Tensor], tuple[Tensor, ...]]]:
    plain, logs = scores().detach(), log_softmax().detach()
    found: list[tuple[Callable[..., Tensor], tuple[Tensor, ...]]] = [
        (functional.cross_entropy, (plain, classes())),
        (functional.nll_loss, (logs, classes())),
        (functional.binary_cross_entropy_with_logits, (plain, binary())),
        (functional.multilabel_soft_margin_loss, (plain, binary())),
        (functional.mse_loss, (plain, plain + 1)),
        (functional.huber_loss, (plain, plain + 1)),
        (functional.poisson_nll_loss, (plain, plain.exp())),
        (nn.TripletMarginWithDistanceLoss(), (plain, plain + 1, plain - 1)),
        (functional.cosine_embedding_loss, (plain, plain + 1, torch.ones(N))),
    ]
    if HAS_LINEAR_CROSS_ENTROPY:
        found.append((nn.LinearCrossEntropyLoss(C, 3), (plain, classes(count=3))))
    return found


def _nodes(loss: Callable[..., Tensor], args: tuple[Tensor, ...]) -> list[str]:
    torch._dynamo.reset()
    found: list[str] = []

    def backend(graph: fx.GraphModule, _: object) -> Callable[..., object]:
        found.extend(f"{node.op} {node.target}" for node in graph.graph.nodes)
        return graph.forward

    compiled = torch.compile(lambda *args: loss(*args) + 0, fullgraph=True, backend=backend)
    torch.testing.assert_close(compiled(*args), loss(*args))
    return found


@pytest.mark.parametrize("row", range(len(_losses())))
def test_a_compiled_graph_has_no_node_more(row: int) -> None:
    loss, args = _losses()[row]
    bare = _nodes(loss, args)
    with watch():
        assert _nodes(loss, args) == bare


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_scripts_traces_and_exports_see_the_bare_loss() -> None:
    criterion, logits, labels = nn.CrossEntropyLoss(), scores().detach(), classes()
    expected = criterion(logits, labels)
    with watch():
        for made in (
            torch.jit.script(criterion),
            torch.jit.trace(criterion, (logits, labels)),  # type: ignore[no-untyped-call]
            torch.export.export(criterion, (logits, labels)).module(),
            fx.symbolic_trace(criterion),
        ):
            torch.testing.assert_close(made(logits, labels), expected)
        batched = torch.func.vmap(functional.cross_entropy)(logits[None], labels[None])
        torch.testing.assert_close(batched[0], expected)
        slope = torch.func.grad(functional.cross_entropy)(logits, labels)
        assert slope.shape == logits.shape
        torch.testing.assert_close(torch.func.functional_call(criterion, {}, (logits, labels)), expected)


def test_soft_targets_and_errors_of_torch_pass_through() -> None:
    with watch(select="LG9"):
        assert functional.cross_entropy(scores(), soft()).isfinite()
        with pytest.raises(IndexError, match="out of bounds"):
            functional.cross_entropy(scores(), classes() + 1)
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            functional.cross_entropy(scores())  # type: ignore[call-arg]
    assert lossguard.watch is watch


@pytest.mark.parametrize("each", interceptable(), ids=lambda each: each.contract.name)
def test_a_watched_function_has_the_parameters_it_had(each: Any) -> None:
    before = inspect.signature(getattr(each.owner, each.name))
    with watch():
        assert inspect.signature(getattr(each.owner, each.name)) == before


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x, y: functional.cross_entropy(x.softmax(1), target=y), "x.softmax(1)"),
        (lambda x, y: functional.cross_entropy(target=y, input=x.softmax(1)), "x.softmax(1)"),
        (lambda x, y: functional.cross_entropy(x.softmax(1), y, None, reduction="sum"), "x.softmax(1)"),
        (lambda x, y: functional.cross_entropy(x.softmax(1), y, ignore_index=0), "x.softmax(1)"),
        (lambda x, y: functional.cross_entropy(*(x.softmax(1), y)), "input"),
        (lambda x, y: checkpoint(functional.cross_entropy, x.softmax(1), y, use_reentrant=False), "input"),
        (lambda x, y: partial(functional.cross_entropy, ignore_index=0)(x.softmax(1), y), "input"),
    ],
)
def test_an_argument_goes_by_what_the_call_says(call: Callable[..., object], words: str) -> None:
    with watch(), pytest.raises(LossGuardError, match=f"`{re.escape(words)}`"):
        call(scores(), classes())


@pytest.mark.parametrize("guarded", [False, True])
def test_a_variance_may_be_a_number_and_then_a_tensor(guarded: bool) -> None:
    scores, target, loss = nn.Linear(4, 3)(torch.randn(8, 4)), torch.randn(8, 3), functional.gaussian_nll_loss
    expected = loss(scores, target, torch.ones(8, 3))
    with watch():
        called = guard(loss) if guarded else loss
        for _ in range(4):
            assert torch.equal(called(scores, target, 1.0), expected)
        for _ in range(4):
            assert torch.equal(called(scores, target, torch.ones(8, 3)), expected)
