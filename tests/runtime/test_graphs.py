"""Values inside compiled graphs, where that is asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from shutil import which
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from lossguard import LossGuardError, guard, unguard
from tests.runtime.semantics import C, N, binary, classes, code, leaf

BACKENDS = ["eager", "aot_eager", *(["inductor"] if which("g++") or which("c++") else [])]
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # inductor's own
    pytest.mark.skipif(not hasattr(torch.compiler, "is_exporting"), reason="torch does not tell export"),
]


@pytest.fixture(autouse=True)
def _anew() -> None:
    torch._dynamo.reset()


def compiled(criterion: nn.Module, backend: Any = "aot_eager") -> Callable[[Tensor, Tensor], Any]:
    return torch.compile(lambda given, target: criterion(given * 1, target), fullgraph=True, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_are_looked_at_inside_a_graph(backend: str) -> None:
    step, bare = compiled(guard(nn.BCELoss(), in_graphs=True), backend), nn.BCELoss()
    for _ in range(3):
        given = torch.rand(N, C, requires_grad=True)
        twin = given.detach().requires_grad_()
        found, expected = step(given, binary()), bare(twin, binary())
        found.backward()
        expected.backward()
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(given.grad, twin.grad)
    assert code(lambda: step(leaf().detach() * 9, binary())) == "LG403"
    assert code(lambda: step(torch.rand(N, C), binary() * 255)) == "LG403"
    step(torch.rand(N, C), binary())


def test_what_is_told_from_a_graph() -> None:
    step = compiled(guard(nn.CrossEntropyLoss(ignore_index=255), in_graphs=True))
    step(leaf(), classes().masked_fill(classes() == 2, 255))
    with pytest.raises(LossGuardError) as caught:
        step(leaf(), classes() + 1)
    assert caught.value.code == "LG401"
    assert caught.value.diagnostic.span.path.endswith("test_graphs.py")
    assert code(lambda: step(leaf().detach().softmax(1), classes())) == "LG101"
    assert code(lambda: step(leaf().detach() * torch.nan, classes())) == "LG402"
    assert code(lambda: step(leaf(), classes())) is None


def test_values_are_looked_at_on_schedule() -> None:
    step = compiled(guard(nn.BCEWithLogitsLoss(), in_graphs=True, first=1, every=4))
    wrong = binary() * 2
    told = [code(partial(step, leaf(), target)) for target in (binary(), *[wrong] * 4)]
    assert told == [None, None, None, None, "LG403"]


def test_there_are_two_nodes_more_and_no_break() -> None:
    def nodes(criterion: nn.Module) -> list[str]:
        found: list[str] = []

        def backend(graph: fx.GraphModule, _: object) -> Callable[..., object]:
            found.extend(str(node.target) for node in graph.graph.nodes)
            return graph.forward

        compiled(criterion, backend)(leaf().detach(), classes())
        torch._dynamo.reset()
        return found

    bare, more = nodes(nn.CrossEntropyLoss()), nodes(guard(nn.CrossEntropyLoss(), in_graphs=True))
    assert sorted(set(more) - set(bare)) == ["detach", "lossguard.look.default"]
    assert len(more) == len(bare) + 2
    assert nodes(guard(nn.CrossEntropyLoss())) == bare


def test_a_weight_that_is_set_later_counts() -> None:
    criterion = guard(nn.CrossEntropyLoss(), in_graphs=True)
    step = compiled(criterion, "eager")
    step(leaf(), classes())
    criterion.ignore_index = 7
    step(leaf(), classes().masked_fill(classes() == 2, 7))
    assert code(lambda: step(leaf(), classes() + 1)) == "LG401"


def test_copies_look_and_what_is_exported_or_no_longer_guarded_does_not() -> None:
    criterion = guard(nn.CrossEntropyLoss(), in_graphs=True)
    step = compiled(copy.deepcopy(criterion), "eager")
    assert code(lambda: step(leaf(), classes() + 1)) == "LG401"
    given = leaf().detach(), classes()
    for strict in (True, False):
        program = torch.export.export(criterion, given, strict=strict)
        assert "lossguard" not in str(program.graph)
        torch.testing.assert_close(program.module()(*given), functional.cross_entropy(*given))
    torch._dynamo.reset()
    assert code(lambda: compiled(unguard(criterion), "eager")(leaf(), classes())) is None


def test_soft_targets_that_are_trained_pass_by() -> None:
    target = torch.full((N, C), 1 / C, requires_grad=True)
    compiled(guard(nn.CrossEntropyLoss(), in_graphs=True), "eager")(leaf(), target).backward()
    assert target.grad is not None


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="in_graphs is for loss modules"):
        guard(functional.cross_entropy, in_graphs=True)
    with pytest.raises(ValueError, match="TripletMarginLoss takes others"):
        guard(nn.TripletMarginLoss(), in_graphs=True)
    with pytest.raises(TypeError, match="in_graphs is 1"):
        guard(nn.MSELoss(), in_graphs=1)  # type: ignore[arg-type]
