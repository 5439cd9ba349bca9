"""The rules that read options and the encoding of targets, over hand-built facts and against torch."""

from __future__ import annotations

from typing import Any

import pytest

from lossguard.contracts import BY_FUNCTION, BY_MODULE, DType, Space
from lossguard.diagnostics import Severity
from lossguard.facts import UNKNOWN_OPTION, Argument, LossCall, Phase, TensorFacts
from lossguard.rules import Finding, all_rules, most_specific
from lossguard.rules import severity as weight_of
from tests.loss_calls import CALL_SPAN, T, argument, call, code

RATE = T(Space.NON_NEGATIVE, operation="softplus")
LOG_PROBABILITIES = T(Space.LOG_PROBABILITIES)
DIVERGENCE: dict[str, Any] = {"reduction": "batchmean"}


# Rates and variances


@pytest.mark.parametrize(
    ("given", "options", "expected"),
    [
        (RATE, {}, "LG111"),
        (T(Space.NON_NEGATIVE, operation="exp"), {"log_input": True}, "LG111"),
        (T(Space.NON_NEGATIVE, operation="relu"), {}, None),
        (T(Space.NON_NEGATIVE), {}, None),
        (RATE, {"log_input": False}, None),
        (RATE, {"log_input": UNKNOWN_OPTION}, None),
        (T(Space.LOGITS), {}, None),
        (T(Space.LOGITS), {"log_input": False}, "LG111"),
        (T(Space.LOG_PROBABILITIES), {"log_input": False}, "LG111"),
        (T(Space.LOGITS), {"log_input": UNKNOWN_OPTION}, None),
        (T(), {"log_input": False}, None),
    ],
)
def test_rates(given: TensorFacts, options: dict[str, Any], expected: str | None) -> None:
    assert code(call("PoissonNLLLoss", given, **options)) == expected


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (Space.LOGITS, "LG111"),
        (Space.SIGNED_UNIT_INTERVAL, "LG111"),
        (Space.NON_NEGATIVE, None),
        (Space.UNIT_INTERVAL, None),
        (Space.ONES, None),
        (Space.UNKNOWN, None),
    ],
)
def test_variances(space: Space, expected: str | None) -> None:
    arguments = {"input": argument(T(Space.LOGITS), "mean"), "var": argument(T(space), "var")}
    facts = LossCall(BY_MODULE["torch.nn.GaussianNLLLoss"], "criterion", CALL_SPAN, arguments=arguments)
    assert code(facts) == expected


# Targets


@pytest.mark.parametrize(
    ("loss", "target", "expected"),
    [
        ("SoftMarginLoss", T(Space.BINARY), "LG206"),
        ("HingeEmbeddingLoss", T(Space.ONE_HOT), "LG206"),
        ("CosineEmbeddingLoss", T(Space.CLASS_INDICES), "LG206"),
        ("MarginRankingLoss", T(Space.CLASS_INDICES, classes=2), "LG206"),
        ("MarginRankingLoss", T(Space.ONES), None),
        ("MarginRankingLoss", T(Space.SIGNS), None),
        ("SoftMarginLoss", T(), None),
        ("MultiLabelMarginLoss", T(Space.BINARY, dtype=DType.I64), "LG206"),
        ("MultiLabelMarginLoss", T(Space.CLASS_INDICES, dtype=DType.I64), None),
        ("MultiLabelMarginLoss", T(Space.CLASS_INDICES, dtype=DType.I64, classes=2), "LG206"),
        ("MultiLabelSoftMarginLoss", T(Space.BINARY), None),
        ("MultiLabelSoftMarginLoss", T(Space.SIGNS), "LG206"),
        ("MultiLabelSoftMarginLoss", T(Space.SIGNS, operation="sign"), None),
        ("BCEWithLogitsLoss", T(Space.ONES), None),
        ("CrossEntropyLoss", T(Space.BINARY), None),
    ],
)
def test_encodings(loss: str, target: TensorFacts, expected: str | None) -> None:
    assert code(call(loss, T(Space.LOGITS), target)) == expected


def test_a_list_of_two_classes_looks_like_a_row_of_zeros_and_ones() -> None:
    target = T(Space.BINARY, dtype=DType.I64)
    assert code(call("MultiLabelMarginLoss", T(shape=(8, 2)), target)) is None
    assert code(call("MultiLabelMarginLoss", T(shape=(8, 3)), target)) == "LG206"


@pytest.mark.parametrize(
    ("target", "log_target", "expected"),
    [
        (T(Space.LOGITS), False, "LG207"),
        (T(Space.LOGITS), True, "LG207"),
        (T(Space.LOGITS), UNKNOWN_OPTION, "LG207"),
        (LOG_PROBABILITIES, False, "LG207"),
        (LOG_PROBABILITIES, True, None),
        (LOG_PROBABILITIES, UNKNOWN_OPTION, None),
        (T(Space.PROBABILITIES), False, None),
        (T(Space.PROBABILITIES), True, "LG207"),
        (T(Space.PROBABILITIES), UNKNOWN_OPTION, None),
        (T(Space.ONE_HOT, dtype=DType.I64), False, "LG207"),
        (T(Space.ONE_HOT, dtype=DType.F32), False, None),
        (T(dtype=DType.BOOL), UNKNOWN_OPTION, "LG207"),
        (T(), False, None),
    ],
)
def test_targets_of_a_divergence(target: TensorFacts, log_target: object, expected: str | None) -> None:
    facts = call("KLDivLoss", LOG_PROBABILITIES, target, log_target=log_target, **DIVERGENCE)
    assert code(facts) == expected


# Reductions


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "LG307"),
        ({"reduction": "mean"}, "LG307"),
        ({"reduction": "elementwise_mean"}, "LG307"),
        ({"reduction": "batchmean"}, None),
        ({"reduction": "sum"}, None),
        ({"reduction": UNKNOWN_OPTION}, None),
    ],
)
def test_the_mean_of_a_divergence(options: dict[str, Any], expected: str | None) -> None:
    assert code(call("KLDivLoss", LOG_PROBABILITIES, T(Space.PROBABILITIES), **options)) == expected


def kl_div(name: str, **options: object) -> str | None:
    return code(LossCall(BY_FUNCTION[name], name, CALL_SPAN, options=options))


def test_legacy_options_and_numbers_say_the_reduction_too() -> None:
    function = "torch.nn.functional.kl_div"
    assert kl_div(function, size_average=True) == "LG307"
    assert kl_div(function, size_average=False) is None
    assert kl_div(function, size_average=UNKNOWN_OPTION) is None
    assert [kl_div("torch.kl_div", reduction=number) for number in range(3)] == [None, "LG307", None]
    assert kl_div("torch.kl_div") is None


def test_an_error_is_told_before_the_mean_of_a_divergence() -> None:
    assert code(call("KLDivLoss", T(Space.PROBABILITIES), T(Space.PROBABILITIES))) == "LG107"


# What a criterion is given


def made(loss: str, **options: object) -> tuple[str, Severity] | None:
    terms = BY_MODULE[f"torch.nn.{loss}"]
    arguments = {name: Argument(name, CALL_SPAN, phase=Phase.CONSTRUCTION) for name in options}
    facts = LossCall(terms, f"nn.{loss}", CALL_SPAN, Phase.CONSTRUCTION, arguments, options)
    found = most_specific(facts, all_rules())
    return None if found is None else (found[0].code, weight_of(*found))


def test_deprecated_options_are_a_warning() -> None:
    warned = ("LG309", Severity.WARNING)
    assert made("MSELoss", size_average=False) == made("MSELoss", size_average=True, reduce=True) == warned
    assert made("MSELoss", size_average=None, reduce=None) is None
    assert made("MSELoss", size_average=UNKNOWN_OPTION) is None


def test_an_error_is_told_before_what_is_deprecated() -> None:
    assert made("BCELoss", size_average=False, weight=[1.0]) == ("LG309", Severity.ERROR)


def test_what_a_constructor_was_given_is_not_told_again_at_the_call() -> None:
    terms = BY_MODULE["torch.nn.CrossEntropyLoss"]
    arguments = {"weight": Argument("[1.0]", CALL_SPAN, phase=Phase.CONSTRUCTION)}
    facts = LossCall(terms, "criterion", CALL_SPAN, arguments=arguments, options={"weight": [1.0]})
    assert code(facts) is None
    assert code(LossCall(terms, "criterion", CALL_SPAN, options={"weight": [1.0]})) == "LG309"


@pytest.mark.parametrize(
    ("loss", "name", "shape", "scores", "expected"),
    [
        ("CrossEntropyLoss", "weight", (3,), (8, 10), "LG309"),
        ("CrossEntropyLoss", "weight", (1, 10), (8, 10), "LG309"),
        ("CrossEntropyLoss", "weight", (10,), (8, 10), None),
        ("CrossEntropyLoss", "weight", (None,), (8, 10), None),
        ("CrossEntropyLoss", "weight", (3,), (8, None), None),
        ("MultiMarginLoss", "weight", (3,), (8, 10), "LG309"),
        ("BCEWithLogitsLoss", "pos_weight", (2,), (8, 1), "LG309"),
        ("BCEWithLogitsLoss", "pos_weight", (1,), (8, 10), None),
        ("BCEWithLogitsLoss", "pos_weight", (10,), (8, 10), None),
        ("BCELoss", "weight", (8, 1), (8, 10), None),
    ],
)
def test_lengths_of_weights(
    loss: str,
    name: str,
    shape: tuple[int | None, ...],
    scores: tuple[int | None, ...],
    expected: str | None,
) -> None:
    arguments = {"input": argument(T(shape=scores), "out"), name: argument(T(shape=shape), "w")}
    facts = LossCall(BY_MODULE[f"torch.nn.{loss}"], "criterion", CALL_SPAN, arguments=arguments)
    found = [each for each in all_rules() if not each.guard_only and each.check(facts) is not None]
    assert [each.code for each in found] == ([expected] if expected else [])


def told(facts: LossCall) -> Finding:
    found = most_specific(facts, all_rules())
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("facts", "message", "remedy"),
    [
        (
            call("PoissonNLLLoss", RATE),
            (
                "`criterion` (PoissonNLLLoss) gets a rate, and takes it for the logarithm of one: "
                "`out` comes from `softplus`"
            ),
            "return the logarithm of the rate, or say log_input=False",
        ),
        (
            call("SoftMarginLoss", None, T(Space.BINARY)),
            "`criterion` (SoftMarginLoss) gets labels of 0 and 1, not of -1 and +1: `y`",
            "turn 0 into -1: `2 * y - 1`",
        ),
        (
            call("KLDivLoss", None, LOG_PROBABILITIES),
            "`criterion` (KLDivLoss) gets log-probabilities as its target, without log_target: `y`",
            "say log_target=True",
        ),
        (
            call("KLDivLoss", text="F.kl_div"),
            '`F.kl_div` averages over the classes, too: reduction="mean" is not the divergence',
            'say reduction="batchmean"',
        ),
        (
            LossCall(BY_MODULE["torch.nn.MSELoss"], "nn.MSELoss", CALL_SPAN, options={"size_average": "sum"}),
            "`nn.MSELoss` takes `'sum'` as its `size_average`, which means 'mean'",
            "give the option by its name",
        ),
    ],
)
def test_messages(facts: LossCall, message: str, remedy: str) -> None:
    assert (told(facts).message, told(facts).help) == (message, remedy)
