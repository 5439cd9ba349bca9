"""What lets a call pass at a glance: only what was right before, and nothing that differs from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossguard import LossGuardError, guard, watch
from lossguard.runtime import glance
from tests.runtime.semantics import C, N, classes, leaf, scores

WAYS = [glance._compared_at_once, glance._compared]
OTHERS: list[Callable[[], tuple[Tensor, Tensor]]] = [
    lambda: (scores(N, C + 1), classes()),
    lambda: (scores(N, C, 3), classes()),
    lambda: (scores().double(), classes()),
    lambda: (scores(), classes().int()),
    lambda: (scores(), classes()[:, None]),
    lambda: (scores(), classes().float().requires_grad_()),
    lambda: (scores(), classes().to("meta")),
    lambda: (scores().to("meta"), classes()),
    lambda: (scores(), nn.Parameter(classes(), requires_grad=False)),
]


@pytest.mark.parametrize("way", WAYS)
def test_what_differs_is_not_alike(way: Callable[[Tensor, Tensor], glance.Alike | None]) -> None:
    same = way(scores(), classes())
    assert same is not None
    assert same(scores(), classes())
    assert same(scores(C, N).t(), classes())
    assert not any(same(*other()) for other in OTHERS)


def test_a_leaf_is_alike_only_while_gradients_are_recorded_as_before() -> None:
    same = glance.alike(leaf(), classes())
    assert same(leaf(), classes())
    assert not same(leaf().detach(), classes())
    with torch.no_grad():
        assert not same(leaf(), classes())
        data = glance.alike(leaf().detach(), classes())
        assert data(leaf().detach(), classes())
        assert not data(leaf(), classes())
    assert not data(leaf().detach(), classes())


def test_tensors_without_dimensions_are_compared() -> None:
    same = glance.alike(torch.randn(C, requires_grad=True), torch.tensor(1))
    assert same(torch.randn(C, requires_grad=True), torch.tensor(2))
    assert not same(torch.randn(C, requires_grad=True), torch.tensor([2]))


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("way", ["guard", "function", "watch"])
def test_after_right_calls_a_wrong_one_is_told(
    way: str, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not at_once:
        monkeypatch.setattr(glance, "_compared_at_once", lambda *_: None)
    given = guard(functional.cross_entropy) if way == "function" else nn.CrossEntropyLoss()
    criterion = guard(given) if way == "guard" else given
    with watch(ignore=None if way == "watch" else ["ALL"]):
        for size in (N, N, N, 4, N, N, N):
            criterion(scores(size, C), classes(size))
        for wrong, told in (
            ((scores().softmax(1), classes()), "LG101"),
            ((scores(), classes()[:, None]), "LG204"),
            ((scores(), classes().int()), "LG202"),
            ((scores(4, C), classes()), "LG406"),
        ):
            with pytest.raises(LossGuardError) as caught:
                criterion(*wrong)
            assert caught.value.code == told
            criterion(scores(), classes())


def test_a_sigmoid_alone_says_what_its_output_is() -> None:
    criterion = guard(nn.BCELoss())
    target = torch.rand(N, C)
    for _ in range(4):
        criterion(scores().sigmoid(), target)
    with pytest.raises(LossGuardError) as caught:
        criterion(scores(), target)
    assert caught.value.code == "LG105"


def test_buffers_of_a_guarded_loss_are_those_of_the_bare_one() -> None:
    weight = torch.rand(C)
    criterion, bare = guard(nn.CrossEntropyLoss()), nn.CrossEntropyLoss(weight)
    assert criterion.weight is None
    criterion.weight = weight
    assert criterion.weight is weight
    given = scores(), classes()
    torch.testing.assert_close(criterion(*given), bare(*given), rtol=0, atol=0)
    other = {"weight": torch.ones(C)}
    torch.testing.assert_close(
        torch.func.functional_call(criterion, other, given), functional.cross_entropy(*given)
    )
    del criterion.weight
    assert not hasattr(criterion, "weight")
    criterion.weight = 3  # type: ignore[assignment]
    assert criterion.weight == 3
    assert "weight" in vars(criterion)


def test_a_loss_that_has_its_own_weight_keeps_it() -> None:
    class Mine(nn.CrossEntropyLoss):
        @property
        def pos_weight(self) -> float:
            return 2.0

    assert guard(Mine()).pos_weight == 2.0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TorchScript is deprecated
def test_a_weight_is_seen_by_torchscript_and_dynamo() -> None:
    weight = torch.rand(C)
    criterion, expected = guard(nn.CrossEntropyLoss(weight)), nn.CrossEntropyLoss(weight)
    given = scores().detach(), classes()
    torch.testing.assert_close(torch.jit.script(criterion)(*given), expected(*given))
    torch._dynamo.reset()
    compiled = torch.compile(criterion, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(*given), expected(*given))
    program = torch.export.export(criterion, given)
    assert list(program.state_dict) == ["weight"]
    torch.testing.assert_close(program.module()(*given), expected(*given))
