"""The rules about shapes and dimensions over hand-built facts: hits, silence, and which of several speaks."""

from __future__ import annotations

import pytest

from lossguard.contracts import DType, Space
from lossguard.facts import LossCall, TensorFacts
from tests.loss_calls import T, call, code, steps, verdict

LOGS, SOFT = Space.LOG_PROBABILITIES, Space.PROBABILITIES
I64, F32 = DType.I64, DType.F32


@pytest.mark.parametrize(
    ("loss", "given", "expected"),
    [
        ("NLLLoss", T(LOGS, dim=0, shape=(8, 10)), "LG108"),
        ("NLLLoss", T(LOGS, dim=-2, shape=(8, 10)), "LG108"),
        ("NLLLoss", T(LOGS, dim=0, features=1, shape=(None, None)), "LG108"),
        ("NLLLoss", T(LOGS, dim=1, shape=(8, 10)), None),
        ("NLLLoss", T(LOGS, dim=-1, shape=(8, 10)), None),
        ("NLLLoss", T(LOGS, dim=0, shape=(8, 8)), None),
        ("NLLLoss", T(LOGS, dim=0, shape=(None, None)), None),
        ("NLLLoss", T(LOGS, dim=0, shape=(10,)), None),
        ("NLLLoss", T(LOGS, dim=0), None),
        ("NLLLoss", T(LOGS, shape=(8, 10)), None),
        ("NLLLoss", T(LOGS, dim=0, shape=(8, 10, 5)), "LG108"),
        ("NLLLoss", T(LOGS, dim=2, shape=(8, 10, 5, 5)), "LG108"),
        ("NLLLoss", T(LOGS, dim=3, features=1, shape=(8, 10, 5, 5)), "LG108"),
        ("NLLLoss", T(LOGS, dim=2, features=2, shape=(8, 5, 10)), "LG306"),
        ("NLLLoss", T(LOGS, dim=2, shape=(8, 5, 10)), "LG306"),
        ("NLLLoss", T(LOGS, dim=2), "LG306"),
        ("NLLLoss", T(LOGS, dim=1, features=2, shape=(8, 5, 10)), None),
        ("NLLLoss", T(LOGS, dim=1, shape=(8, 1)), "LG108"),
        ("NLLLoss", T(SOFT, dim=0, shape=(8, 10)), "LG106"),
        ("CrossEntropyLoss", T(LOGS, dim=0, shape=(8, 10)), "LG108"),
        ("CrossEntropyLoss", T(LOGS, dim=1, shape=(8, 10)), "LG102"),
        ("CrossEntropyLoss", T(SOFT, dim=0, shape=(8, 10)), "LG101"),
        ("CrossEntropyLoss", T(LOGS, dim=1, shape=(8, 1)), "LG303"),
        ("CTCLoss", T(LOGS, dim=0, shape=(50, 8, 30)), "LG108"),
        ("CTCLoss", T(LOGS, dim=1, shape=(50, 8, 30)), "LG108"),
        ("CTCLoss", T(LOGS, dim=0), "LG108"),
        ("CTCLoss", T(LOGS, dim=1), None),
        ("CTCLoss", T(LOGS, dim=2, shape=(50, 8, 30)), None),
        ("CTCLoss", T(LOGS, dim=1, shape=(50, 30)), None),
        ("BCELoss", T(SOFT, dim=1, shape=(8, 1)), "LG108"),
        ("BCELoss", T(SOFT, dim=1, shape=(8, 2)), None),
        ("BCELoss", T(SOFT, dim=0, shape=(8, 2)), None),
        ("BCELoss", T(SOFT, dim=1, shape=(8, 1, 5)), None),
        ("BCEWithLogitsLoss", T(SOFT, dim=1, shape=(8, 1)), "LG104"),
        ("MSELoss", T(SOFT, dim=0, shape=(8, 10)), None),
    ],
)
def test_softmax_over(loss: str, given: TensorFacts, expected: str | None) -> None:
    assert code(call(loss, given)) == expected


@pytest.mark.parametrize(
    ("given", "target", "expected"),
    [
        (T(LOGS, dim=0, shape=(8, 10)), T(SOFT, dim=1, shape=(8, 10)), "LG108"),
        (T(LOGS, dim=0, features=1, shape=(None, 10)), T(), "LG108"),
        (T(LOGS, dim=0, shape=(8, 10)), T(), None),
        (T(LOGS, dim=0, features=1, shape=(8, 10)), T(SOFT, dim=0, shape=(8, 10)), None),
        (T(LOGS, dim=1, shape=(8, 10)), T(SOFT, dim=1, shape=(8, 10)), None),
        (T(LOGS, dim=1, shape=(8, 10)), T(SOFT, dim=1, shape=(8, 10, 2)), "LG304"),
    ],
)
def test_divergences(given: TensorFacts, target: TensorFacts, expected: str | None) -> None:
    assert code(call("KLDivLoss", given, target, reduction="batchmean")) == expected


@pytest.mark.parametrize(
    ("loss", "one", "other", "expected"),
    [
        ("MSELoss", (8, 1), (8,), "LG304"),
        ("MSELoss", (8,), (8, 1), "LG304"),
        ("L1Loss", (None, 1), (None,), "LG304"),
        ("SmoothL1Loss", (8, 1, 4, 4), (8, 4, 4), "LG304"),
        ("HuberLoss", (8, 5, 1), (8, 5), "LG304"),
        ("PoissonNLLLoss", (8, 1), (8,), "LG304"),
        ("HingeEmbeddingLoss", (8, 1), (8,), "LG304"),
        ("MultiLabelSoftMarginLoss", (8, 1), (8,), "LG304"),
        ("MultiLabelSoftMarginLoss", (8, 5), (8, 1), "LG304"),
        ("MultiLabelSoftMarginLoss", (8, None), (8, 1), None),
        ("MultiLabelSoftMarginLoss", (8, 1), (8, 1), None),
        ("MSELoss", (8, 5), (8,), "LG304"),
        ("MSELoss", (8, 5), (None,), None),
        ("MSELoss", (8, 5), (8, 1), None),
        ("MSELoss", (8, 1), (1, 8), None),
        ("MSELoss", (8, 5), (5,), None),
        ("MSELoss", (8, 5), (), None),
        ("MSELoss", (1, 1), (1,), None),
        ("MSELoss", (None, 1), (1,), None),
        ("MSELoss", (8, None), (8,), None),
        ("MSELoss", (8, 1), None, None),
        ("MSELoss", None, (8,), None),
        ("MSELoss", (8, 5), (8, 4), "LG304"),
        ("MSELoss", (8, 5), (7, 5), "LG406"),
        ("MSELoss", (8, 5), (8, None), None),
        ("BCELoss", (8, 1), (8,), "LG304"),
        ("BCELoss", (8, 1), (7, 1), "LG406"),
        ("BCELoss", (8, 3), (8, 1), "LG304"),
        ("BCEWithLogitsLoss", (8, 1), (8,), "LG304"),
        ("BCEWithLogitsLoss", (8, None), (None, 1), None),
        ("BCEWithLogitsLoss", (8, 1), None, None),
        ("MarginRankingLoss", (8, 1), (8,), "LG304"),
        ("MarginRankingLoss", (8, 3), (8, 1), None),
    ],
)
def test_stretched(
    loss: str, one: tuple[int | None, ...] | None, other: tuple[int | None, ...] | None, expected: str | None
) -> None:
    assert code(call(loss, T(shape=one), T(shape=other))) == expected


@pytest.mark.parametrize(
    ("samples", "expected"), [(8, "LG304"), (7, None), (None, None)], ids=["as many", "fewer", "unknown"]
)
def test_each_pair_may_be_wanted_where_elements_are_left(samples: int | None, expected: str | None) -> None:
    facts = call("MSELoss", T(shape=(8, 1)), T(shape=(samples,)), reduction="none")
    assert code(facts) == expected


@pytest.mark.parametrize(
    ("given", "target", "expected"),
    [
        (T(features=2, shape=(None, None, 9)), T(), "LG306"),
        (T(features=-1, shape=(8, 7, 9)), T(dtype=I64), "LG306"),
        (T(features=3, shape=(8, 4, 4, None)), T(dtype=I64, shape=(8, 4, 4)), "LG306"),
        (T(features=2, shape=(8, 7, 9)), T(dtype=I64, shape=(8, 9)), None),
        (T(features=1, shape=(8, 9, 7)), T(), None),
        (T(features=1, shape=(8, 9)), T(), None),
        (T(features=-1), T(), None),
        (T(features=2, shape=(8, 7, 1)), T(dtype=I64, shape=(8, 1)), None),
        (T(features=2, shape=(8, 7, 9)), T(dtype=F32), None),
        (T(features=2, shape=(8, 7, 9)), T(dtype=F32, shape=(8, 7, 9)), None),
        (T(features=2, shape=(8, 7, 9)), T(SOFT, dtype=F32, dim=2, shape=(8, 7, 9)), "LG306"),
        (T(shape=(4, 7, 5)), T(dtype=I64, shape=(4, 7)), "LG306"),
        (T(shape=(4, 5, 7)), T(dtype=I64, shape=(4, 7)), None),
        (T(shape=(4, 5, 5)), T(dtype=I64, shape=(4, 5)), None),
        (T(shape=(None, None, 5)), T(dtype=I64, shape=(None, None)), None),
        (T(shape=(2, 5, 4, 4)), T(dtype=F32, shape=(2, 4, 4, 5)), "LG306"),
        (T(shape=(2, 4, 4, 4)), T(dtype=F32, shape=(2, 4, 4, 4)), None),
        (T(shape=(2, 5, 4, 4)), T(Space.ONE_HOT, dtype=F32, dim=3, shape=(2, 4, 4, None)), "LG306"),
        (T(shape=(2, 5, 4, 4)), T(Space.ONE_HOT, dtype=F32, dim=1, shape=(2, 5, 4, 4)), "LG205"),
    ],
)
def test_classes_stand_last(given: TensorFacts, target: TensorFacts, expected: str | None) -> None:
    assert code(call("CrossEntropyLoss", given, target)) == expected


@pytest.mark.parametrize(
    ("loss", "space", "operation", "expected"),
    [
        ("CrossEntropyLoss", Space.NON_NEGATIVE, "nn.ReLU", "LG109"),
        ("BCEWithLogitsLoss", Space.NON_NEGATIVE, "relu", "LG109"),
        ("CrossEntropyLoss", Space.LOGITS, "nn.Dropout2d", "LG109"),
        ("CrossEntropyLoss", Space.LOGITS, "clamp", "LG109"),
        ("CrossEntropyLoss", Space.LOGITS, "nn.Linear", None),
        ("CrossEntropyLoss", Space.NON_NEGATIVE, "exp", None),
        ("CrossEntropyLoss", Space.NON_NEGATIVE, None, None),
        ("CrossEntropyLoss", Space.UNKNOWN, "relu", None),
        ("MSELoss", Space.NON_NEGATIVE, "relu", None),
        ("BCELoss", Space.LOGITS, "nn.Dropout", "LG105"),
    ],
)
def test_activations(loss: str, space: Space, operation: str | None, expected: str | None) -> None:
    assert code(call(loss, T(space, operation=operation))) == expected


@pytest.mark.parametrize(
    ("facts", "message", "help_"),
    [
        (
            call("NLLLoss", T(LOGS, dim=0, shape=(8, 10), operation="log_softmax", steps=steps())),
            (
                "`criterion` (NLLLoss) gets log-probabilities that sum to one over dimension 0, not over the "
                "classes in dimension 1: `out` comes from `log_softmax` at models.py:14"
            ),
            "let the softmax run over the classes: `dim=1`",
        ),
        (
            call("BCELoss", T(SOFT, dim=1, shape=(8, 1), operation="softmax")),
            (
                "`criterion` (BCELoss) gets probabilities that sum to one over dimension 1, "
                "which has size 1: `out` comes from `softmax`"
            ),
            "use sigmoid for one value per sample, or give the model one output per class",
        ),
        (
            call("MSELoss", T(shape=(None, 1)), T(shape=(None,))),
            (
                "`criterion` (MSELoss) gets an input of shape [?, 1] and a target of shape [?], "
                "which stretch each other: each sample meets every target"
            ),
            "give both one shape: `out.squeeze(1)`",
        ),
        (
            call("CrossEntropyLoss", T(Space.LOGITS, dtype=F32, features=2, shape=(8, 7, 9))),
            "`criterion` (CrossEntropyLoss) gets raw scores with the classes last, f32[8, 7, 9]: `out`",
            "put the classes into dimension 1: `out.transpose(1, 2)`",
        ),
        (
            call("CrossEntropyLoss", T(Space.NON_NEGATIVE, operation="nn.ReLU")),
            (
                "`criterion` (CrossEntropyLoss) gets logits that have been through `nn.ReLU`: "
                "`out` comes from `nn.ReLU`"
            ),
            "return what the last layer gives",
        ),
        (
            call("CrossEntropyLoss", T(), T(Space.ONE_HOT, dtype=F32, shape=(8, 10))),
            (
                "`criterion` (CrossEntropyLoss) gets one-hot labels, f32[8, 10], "
                "where class indices would do: `y`"
            ),
            "pass the class indices",
        ),
    ],
)
def test_messages(facts: LossCall, message: str, help_: str) -> None:
    found = verdict(facts)
    assert found is not None
    assert (found[1].message, found[1].help) == (message, help_)
