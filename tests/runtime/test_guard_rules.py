"""The rules about values and sizes: what they say of a call that the guard sees, and where they are not."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

import lossguard
from lossguard import Diagnostic, LossGuardError, guard
from lossguard.rules import all_rules
from lossguard.runtime.enclosing import home
from lossguard.runtime.observation import observe
from tests.runtime.semantics import (
    C,
    Case,
    N,
    binary,
    classes,
    filled,
    leaf,
    log_softmax,
    one_hot,
    scores,
    sigmoid,
    soft,
)
from tests.runtime.test_semantics import CASES


def told(criterion: nn.Module, *args: object) -> Diagnostic | None:
    try:
        guard(criterion)(*args)
    except LossGuardError as error:
        return error.diagnostic
    return None


def code(criterion: nn.Module, *args: object) -> str | None:
    found = told(criterion, *args)
    return None if found is None else found.code


def test_the_static_half_leaves_them_to_the_guard() -> None:
    codes = {each.code for each in all_rules() if each.guard_only}
    assert codes == {f"LG4{n:02}" for n in range(1, 11)}
    text = "import torch\nfrom torch import nn\n"
    text += "nn.functional.nll_loss(torch.zeros(8, 5).log_softmax(1), torch.zeros(7).long())\n"
    assert lossguard.check_source(text) == []


@pytest.mark.parametrize(
    ("criterion", "args", "message", "remedy"),
    [
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(3, 5), torch.tensor([1, 0, 7])),
            "`target`[2] is 7, but `CrossEntropyLoss` has 5 classes, 0 to 4",
            "give the model as many outputs",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(5, 5), torch.arange(1, 6)),
            "`target`[4] is 5, but `CrossEntropyLoss` has 5 classes, 0 to 4",
            "the labels run from 1 to 5: subtract 1",
        ),
        (
            nn.NLLLoss(),
            lambda: (log_softmax(2, 5, 3), torch.tensor([[0, 1, 2], [0, 255, 1]])),
            "`target`[1, 1] is 255, but `NLLLoss` has 5 classes, 0 to 4",
            "pass ignore_index=255",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (filled(scores, float("nan"))(), classes()),
            "`input`, f32[8, 5], of `CrossEntropyLoss` holds NaN",
            "look for a division by zero",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (filled(scores, -float("inf"))(), classes() * 0),
            "the loss of `CrossEntropyLoss` is infinite: `input`, f32[8, 5], holds minus infinity where the",
            "mask with a large negative number",
        ),
        (
            nn.MSELoss(),
            lambda: (leaf().half() * 0 + 300, leaf().half() * 0),
            "the loss of `MSELoss` is infinite, though nothing that it was given is",
            "scale them down, or compute the loss in f32",
        ),
        (
            nn.BCEWithLogitsLoss(),
            lambda: (scores(), binary() * 255),
            "`target`, f32[8, 5], of `BCEWithLogitsLoss` has values from 0 to 255, outside 0 to 1",
            "a mask of 0 and 255: divide by 255",
        ),
        (
            nn.MultiLabelSoftMarginLoss(),
            lambda: (scores(), binary() * -1.5),
            "`target`, f32[8, 5], of `MultiLabelSoftMarginLoss` has values from -1.5 to -0, outside 0 to 1",
            "give targets between 0 and 1",
        ),
        (
            nn.BCELoss(),
            lambda: (filled(sigmoid, 1.5)(), binary()),
            "`input`, f32[8, 5], of `BCELoss` has values from",
            "apply torch.sigmoid, or use BCEWithLogitsLoss",
        ),
        (
            nn.PoissonNLLLoss(),
            lambda: (leaf(), -classes(N, C)),
            "`target`, i64[8, 5], of `PoissonNLLLoss` has values from -4 to 0, below 0",
            "counts are never negative",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(), classes().to("meta")),
            "gets tensors on different devices: `input` is on cpu, `target` on meta",
            "move it there: `.to('cpu')`",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(), classes() * 0 - 100),
            "every element of `target`, i64[8], is -100, which `CrossEntropyLoss` ignores: the loss is NaN",
            "skip such batches",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(), classes(7)),
            "gets 8 samples in `input`, f32[8, 5], and 7 in `target`, i64[7]",
            "from the same batch",
        ),
        (
            nn.CrossEntropyLoss(weight=torch.ones(C).double()),
            lambda: (scores(), classes()),
            "takes a weight of the input's type: `input` is f32[8, 5], `weight` f64[5]",
            "`.to(input.dtype)`",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(), binary()),
            "the class probabilities `target`, f32[8, 5], of `CrossEntropyLoss` sum to 2 … 3, not to 1",
            "for several labels a sample use BCEWithLogitsLoss",
        ),
        (
            nn.CrossEntropyLoss(),
            lambda: (scores(), torch.full((N, C), -0.5)),
            "the class probabilities `target`, f32[8, 5], of `CrossEntropyLoss` hold -0.5",
            "apply softmax to scores of another model",
        ),
    ],
)
def test_messages(
    criterion: nn.Module, args: Callable[[], tuple[object, ...]], message: str, remedy: str
) -> None:
    torch.manual_seed(0)
    found = told(criterion, *args())
    assert found is not None
    assert message in found.message
    assert remedy in found.help


def _masked() -> Tensor:
    mask = torch.zeros(N, C)
    mask[:, 0] = -float("inf")
    return scores() + mask


@pytest.mark.parametrize(
    ("criterion", "args"),
    [
        (
            nn.CrossEntropyLoss(ignore_index=255),
            (scores, lambda: classes() * 0 + torch.tensor([255] + 7 * [0])),
        ),
        (nn.CrossEntropyLoss(ignore_index=C), (scores, lambda: torch.tensor([C, 0, 1, 2, 3, 4, 0, 1]))),
        (nn.CrossEntropyLoss(reduction="sum"), (scores, lambda: classes() * 0 - 100)),
        (nn.CrossEntropyLoss(reduction="none"), (filled(scores, float("nan")), classes)),
        (nn.CrossEntropyLoss(), (_masked, lambda: classes() * 0 + 1)),
        (nn.CrossEntropyLoss(), (scores, lambda: soft() * (torch.arange(N)[:, None] > 2))),
        (nn.CrossEntropyLoss(), (lambda: scores().half(), lambda: soft().half())),
        (nn.CrossEntropyLoss(), (lambda: scores().bfloat16(), lambda: soft().bfloat16())),
        (nn.CrossEntropyLoss(), (scores, lambda: one_hot().float() * 0.9 + 0.1 / C)),
        (nn.BCEWithLogitsLoss(reduction="none"), (scores, lambda: binary() - 1)),
        (nn.BCEWithLogitsLoss(weight=torch.ones(C)), (scores, lambda: binary() * 2 - 1)),
        (nn.MultiLabelMarginLoss(), (scores, lambda: torch.tensor([1, 3, -1, -1, -1]).repeat(N, 1))),
        (nn.CrossEntropyLoss(weight=torch.ones(C).double()), (scores, soft)),
        (nn.BCEWithLogitsLoss(pos_weight=torch.ones(1)), (scores, binary)),
        (nn.CosineEmbeddingLoss(), (leaf, leaf, partial(torch.ones, 1))),
        (nn.GaussianNLLLoss(), (leaf, leaf, partial(torch.ones, N, 1))),
        (nn.SoftMarginLoss(), (leaf, lambda: torch.ones(N, C))),
        (nn.KLDivLoss(reduction="batchmean"), (log_softmax, lambda: torch.zeros(N, C))),
    ],
)
def test_right_calls_are_left_alone(criterion: nn.Module, args: Any) -> None:
    assert code(criterion, *(arg() for arg in args)) is None


def test_autocast_lets_types_differ() -> None:
    criterion = nn.CrossEntropyLoss(weight=torch.ones(C))
    assert code(criterion, scores().bfloat16(), classes()) == "LG407"
    with torch.autocast("cpu", torch.bfloat16):
        assert code(criterion, scores().bfloat16(), classes()) is None


def test_probabilities_under_autocast_are_refused_on_cuda_alone() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert code(nn.BCELoss(), sigmoid(), binary()) is None


def _ctc(labels: list[list[int]], frames: int = 12, **options: Any) -> Diagnostic | None:
    count = len(labels)
    return told(
        nn.CTCLoss(**options),
        leaf(12, count, C).log_softmax(2),
        torch.tensor(labels),
        torch.full((count,), frames),
        torch.full((count,), 2),
    )


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (
            [[1, 2, 0], [3, -1, 0]],
            {},
            r"`targets`\[1, 1\] of `CTCLoss` is -1, which is no class: there are 5",
        ),
        ([[1, 2, 0], [3, 5, 0]], {}, r"`targets`\[1, 1\] of `CTCLoss` is 5, which is no class"),
        ([[1, 2, 0], [0, 3, 0]], {}, r"`targets`\[1, 0\] of `CTCLoss` is 0, which is the blank"),
        ([[1, 4, 0], [2, 3, 0]], {"blank": 4}, r"`targets`\[0, 1\] of `CTCLoss` is 4, which is the blank"),
        (
            [[1, 2, 0], [3, 4, 0]],
            {"blank": 5},
            "the blank of `CTCLoss` is 5, but there are 5 classes, 0 to 4",
        ),
        ([[1, 2, 0], [3, 4, 0]], {"frames": 13}, "`input_lengths` of `CTCLoss` holds 13, but there is room"),
        ([[1, 2, 0], [3, 4, 0]], {"frames": 1}, "sample 0 of `CTCLoss` has 2 labels but only 1 frames"),
        ([[1, 2, -1], [3, 4, 9]], {}, None),
        ([[1, 2, -1], [3, 4, 9]], {"frames": 1, "zero_infinity": True}, None),
    ],
)
def test_labels_and_lengths_of_ctc(labels: list[list[int]], options: Any, message: str | None) -> None:
    found = _ctc(labels, **options)
    assert (found is None) == (message is None)
    if found is not None:
        assert found.code == "LG409"
        assert re.search(message or "", found.message)


def test_ctc_is_looked_at_in_every_call() -> None:
    criterion = guard(nn.CTCLoss(), first=1, every=10**6)
    frames, lengths = leaf(12, 1, C).log_softmax(2), (torch.tensor([12]), torch.tensor([2]))
    for _ in range(5):
        criterion(frames, torch.tensor([[1, 2]]), *lengths)
    with pytest.raises(LossGuardError, match="is -1"):
        criterion(frames, torch.tensor([[1, -1]]), *lengths)
    with pytest.raises(LossGuardError, match="is -1"):
        criterion(frames, torch.tensor([1, -1]), [12], [2])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.loss}: {case.misuse}")
def test_a_rule_that_values_sway_says_so(case: Case) -> None:
    torch.manual_seed(0)
    call = case.build()
    criterion: Any = call.criterion
    owner = criterion if isinstance(criterion, nn.Module) else None
    if owner is None or (found := home(type(owner))) is None:
        return
    contract = found[1]
    seen = observe(contract, contract.call, owner, call.args, call.kwargs, reads_values=True).call
    blind = observe(contract, contract.call, owner, call.args, call.kwargs, reads_values=False).call
    for rule in all_rules():
        if not rule.reads_values:
            assert rule.check(seen) == rule.check(blind), rule.code
