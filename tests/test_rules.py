"""The rules over hand-built facts: documentation, hits, silence, and which of several speaks."""

from __future__ import annotations

import re

import pytest

from lossguard.contracts import BY_MODULE, DType, Space
from lossguard.diagnostics import Severity
from lossguard.facts import LossCall, Source, TensorFacts
from lossguard.rules import Rule, all_rules, most_specific, rule
from tests.loss_calls import (
    CALL_SPAN,
    INDICES,
    PROBABILITIES,
    SECTIONS,
    SHAPE,
    T,
    argument,
    call,
    code,
    construction,
)

# Documentation


def test_codes_are_found_in_order() -> None:
    codes = [each.code for each in all_rules()]
    assert codes == sorted(codes)
    assert codes == [
        *(f"LG1{n:02}" for n in range(1, 12)),
        *(f"LG20{n}" for n in range(1, 8)),
        *(f"LG30{n}" for n in range(1, 10)),
        *(f"LG4{n:02}" for n in range(1, 11)),
        *(f"LG90{n}" for n in range(1, 4)),
    ]


def test_rule_by_code() -> None:
    assert rule("LG101").name == "softmax-before-cross-entropy"
    with pytest.raises(KeyError):
        rule("LG000")


@pytest.mark.parametrize("each", all_rules(), ids=lambda each: each.code)
def test_every_rule_is_documented(each: Rule) -> None:
    documentation = type(each).__doc__ or ""
    first, blank = documentation.splitlines()[:2]
    assert first.endswith(".")
    assert blank == ""
    assert re.findall(r"^ *## (.+)$", documentation, re.MULTILINE) == SECTIONS
    assert documentation.count("```python") >= 2
    assert documentation.count("```") % 2 == 0
    for title, body in zip(
        SECTIONS, re.split(r"^ *## .+$", documentation, flags=re.MULTILINE)[1:], strict=True
    ):
        assert body.strip(), f"{title} is empty"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)


def test_only_wasted_work_is_a_warning() -> None:
    assert [each.code for each in all_rules() if each.severity is Severity.WARNING] == [
        "LG102",
        "LG205",
        "LG307",
        "LG410",
        "LG902",
        "LG903",
    ]


def test_superseded_codes_exist() -> None:
    codes = {each.code for each in all_rules()}
    assert all(each.supersedes <= codes - {each.code} for each in all_rules())


# What reaches the input


@pytest.mark.parametrize(
    ("loss", "space", "expected"),
    [
        ("CrossEntropyLoss", Space.PROBABILITIES, "LG101"),
        ("CrossEntropyLoss", Space.LOG_PROBABILITIES, "LG102"),
        ("CrossEntropyLoss", Space.UNIT_INTERVAL, "LG103"),
        ("CrossEntropyLoss", Space.LOGITS, None),
        ("CrossEntropyLoss", Space.NON_NEGATIVE, None),
        ("CrossEntropyLoss", Space.UNKNOWN, None),
        ("BCEWithLogitsLoss", Space.PROBABILITIES, "LG104"),
        ("BCEWithLogitsLoss", Space.LOG_UNIT_INTERVAL, "LG104"),
        ("BCEWithLogitsLoss", Space.SIGNED_UNIT_INTERVAL, None),
        ("MultiLabelSoftMarginLoss", Space.UNIT_INTERVAL, "LG104"),
        ("BCELoss", Space.LOGITS, "LG105"),
        ("BCELoss", Space.SIGNED_UNIT_INTERVAL, "LG105"),
        ("BCELoss", Space.LOG_UNIT_INTERVAL, "LG105"),
        ("BCELoss", Space.UNIT_INTERVAL, None),
        ("BCELoss", Space.PROBABILITIES, None),
        ("BCELoss", Space.UNKNOWN, None),
        ("NLLLoss", Space.LOGITS, "LG106"),
        ("NLLLoss", Space.UNIT_INTERVAL, "LG106"),
        ("NLLLoss", Space.LOG_PROBABILITIES, None),
        ("NLLLoss", Space.LOG_UNIT_INTERVAL, None),
        ("NLLLoss", Space.UNKNOWN, None),
        ("KLDivLoss", Space.LOGITS, "LG107"),
        ("KLDivLoss", Space.LOG_PROBABILITIES, "LG307"),
        ("KLDivLoss", Space.UNKNOWN, "LG307"),
        ("CTCLoss", Space.LOGITS, "LG110"),
        ("CTCLoss", Space.PROBABILITIES, "LG110"),
        ("CTCLoss", Space.LOG_PROBABILITIES, None),
        ("CTCLoss", Space.LOG_UNIT_INTERVAL, None),
        ("MSELoss", Space.PROBABILITIES, None),
    ],
)
def test_spaces(loss: str, space: Space, expected: str | None) -> None:
    assert code(call(loss, T(space))) == expected


# What reaches the target


@pytest.mark.parametrize(
    ("loss", "given", "target", "expected"),
    [
        ("CrossEntropyLoss", T(), T(Space.ONE_HOT, dtype=DType.I64), "LG201"),
        ("CrossEntropyLoss", T(), T(Space.ONE_HOT, dtype=DType.BOOL), "LG201"),
        ("CrossEntropyLoss", T(), T(Space.ONE_HOT, dtype=DType.F32), "LG205"),
        ("CrossEntropyLoss", T(), T(Space.ONE_HOT), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.I32, shape=SHAPE), "LG201"),
        ("CrossEntropyLoss", T(shape=(None, 10)), T(dtype=DType.I64, shape=(None, 10)), "LG201"),
        ("CrossEntropyLoss", T(shape=(None, None)), T(dtype=DType.I64, shape=(None, None)), None),
        ("CrossEntropyLoss", T(shape=(8,)), T(dtype=DType.I64, shape=(8,)), "LG303"),
        ("CrossEntropyLoss", T(shape=(8,)), T(dtype=DType.I64, shape=(7,)), None),
        ("CrossEntropyLoss", T(shape=(8,)), T(dtype=DType.F32, shape=(8,)), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.F32, shape=SHAPE), None),
        ("CrossEntropyLoss", T(shape=(8, 10, 10)), T(dtype=DType.I64, shape=(8, 10)), None),
        ("NLLLoss", T(), T(Space.ONE_HOT), "LG201"),
        ("NLLLoss", T(), T(Space.ONE_HOT, dtype=DType.F32), "LG201"),
        ("NLLLoss", T(shape=SHAPE), T(dtype=DType.F32, shape=SHAPE), "LG201"),
        ("MultiMarginLoss", T(), T(Space.ONE_HOT, dtype=DType.I64), "LG201"),
        ("MultiLabelMarginLoss", T(shape=SHAPE), T(dtype=DType.I64, shape=SHAPE), None),
        ("BCEWithLogitsLoss", T(), T(Space.ONE_HOT, dtype=DType.F32), None),
        ("CrossEntropyLoss", T(), INDICES, None),
        ("CrossEntropyLoss", T(), T(dtype=DType.I32), "LG202"),
        ("CrossEntropyLoss", T(), T(dtype=DType.BOOL), "LG202"),
        ("CrossEntropyLoss", T(), T(dtype=DType.F32), None),
        ("CrossEntropyLoss", T(), T(Space.CLASS_INDICES, dtype=DType.F32), "LG202"),
        ("CrossEntropyLoss", T(shape=(8,)), T(Space.CLASS_INDICES, dtype=DType.F32, shape=(8,)), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.F32, shape=(8,)), "LG202"),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.F32), None),
        ("CrossEntropyLoss", T(), T(dtype=DType.F32, shape=(8,)), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.U8, shape=(8,)), None),
        ("CrossEntropyLoss", T(), T(dtype=DType.U8), None),
        ("CrossEntropyLoss", T(shape=(8, 10, 4, 4)), T(dtype=DType.U8), "LG202"),
        ("NLLLoss", T(), T(dtype=DType.FLOAT), "LG202"),
        ("NLLLoss", T(), T(dtype=DType.U8), None),
        ("MultiMarginLoss", T(), T(dtype=DType.U8), "LG202"),
        ("MultiLabelMarginLoss", T(), T(dtype=DType.F32), "LG202"),
        ("AdaptiveLogSoftmaxWithLoss", T(), T(dtype=DType.I32), None),
        ("CTCLoss", T(), T(dtype=DType.I32), None),
        ("BCELoss", T(), T(dtype=DType.U8), "LG203"),
        ("BCEWithLogitsLoss", T(), T(dtype=DType.BOOL), "LG203"),
        ("BCEWithLogitsLoss", T(), T(dtype=DType.F64), None),
        ("BCEWithLogitsLoss", T(), T(Space.BINARY), None),
        ("MultiLabelSoftMarginLoss", T(), T(dtype=DType.I64), None),
        ("MultiLabelSoftMarginLoss", T(), T(dtype=DType.BOOL), "LG203"),
        ("HuberLoss", T(source=Source.MODEL), T(dtype=DType.I64), "LG203"),
        ("HuberLoss", T(), T(dtype=DType.I64), None),
        ("HuberLoss", T(dtype=DType.F32, source=Source.MODEL), T(dtype=DType.F64), None),
        ("MSELoss", T(), T(dtype=DType.COMPLEX), "LG203"),
        ("L1Loss", T(), T(dtype=DType.BOOL), "LG203"),
        ("L1Loss", T(), T(dtype=DType.COMPLEX), None),
        ("PoissonNLLLoss", T(), T(dtype=DType.BOOL), None),
        ("MSELoss", T(dtype=DType.I64), T(dtype=DType.I64), "LG305"),
        ("MSELoss", T(dtype=DType.I64), T(dtype=DType.F32), None),
        ("PoissonNLLLoss", T(dtype=DType.I64), T(dtype=DType.I64), None),
        ("CosineEmbeddingLoss", T(shape=SHAPE), T(shape=(8, 1)), "LG204"),
        ("CosineEmbeddingLoss", T(shape=SHAPE), T(shape=(8,)), None),
        ("AdaptiveLogSoftmaxWithLoss", T(shape=(3, 8, 16)), T(shape=(3, 8)), "LG204"),
        ("MSELoss", T(), T(dtype=DType.I64), None),
        ("SoftMarginLoss", T(), T(dtype=DType.I64), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(shape=(8, 1)), "LG204"),
        ("CrossEntropyLoss", T(shape=(8, 10, 4, 4)), T(dtype=DType.F32, shape=(8, 1, 4, 4)), "LG204"),
        ("CrossEntropyLoss", T(shape=(8, None)), T(dtype=DType.I64, shape=(8, 1)), "LG204"),
        ("CrossEntropyLoss", T(shape=(8, None)), T(dtype=DType.F32, shape=(8, 1)), None),
        ("CrossEntropyLoss", T(shape=(8, None)), T(shape=(8, 1)), None),
        ("CrossEntropyLoss", T(), T(dtype=DType.I64, shape=(None, 1)), "LG204"),
        ("CrossEntropyLoss", T(), T(Space.CLASS_INDICES, dtype=DType.F32, shape=(None, 1)), "LG204"),
        ("CrossEntropyLoss", T(), T(dtype=DType.F32, shape=(None, 1)), None),
        ("CrossEntropyLoss", T(shape=(8, 10, 1)), T(dtype=DType.I64, shape=(8, 1)), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.I64, shape=(8,)), None),
        ("NLLLoss", T(shape=(8, None)), T(shape=(8, 1)), "LG204"),
        ("MultiMarginLoss", T(shape=SHAPE), T(dtype=DType.I64, shape=(8, 1)), "LG204"),
        ("BCELoss", T(shape=(8, 1)), T(dtype=DType.F32, shape=(8, 1)), None),
    ],
)
def test_targets(loss: str, given: TensorFacts, target: TensorFacts, expected: str | None) -> None:
    assert code(call(loss, given, target)) == expected


# The call itself

MODEL_SCORES = T(Space.LOGITS, dtype=DType.F32, source=Source.MODEL)
MODEL_OUTPUT = T(dtype=DType.F32, source=Source.MODEL)


@pytest.mark.parametrize(
    ("loss", "given", "target", "expected"),
    [
        ("CrossEntropyLoss", INDICES, MODEL_SCORES, "LG301"),
        ("CrossEntropyLoss", T(dtype=DType.I64), MODEL_OUTPUT, "LG301"),
        ("BCEWithLogitsLoss", T(source=Source.DATA), MODEL_SCORES, "LG301"),
        ("BCELoss", T(Space.BINARY), T(Space.UNIT_INTERVAL, source=Source.MODEL), "LG301"),
        ("NLLLoss", INDICES, T(Space.LOG_PROBABILITIES, source=Source.MODEL), "LG301"),
        ("KLDivLoss", PROBABILITIES, T(Space.LOG_PROBABILITIES, source=Source.MODEL), "LG301"),
        ("MSELoss", T(source=Source.DATA), MODEL_OUTPUT, None),
        ("PoissonNLLLoss", T(source=Source.DATA), MODEL_OUTPUT, None),
        ("BCEWithLogitsLoss", MODEL_SCORES, MODEL_OUTPUT, None),
        ("BCEWithLogitsLoss", T(), MODEL_OUTPUT, None),
        ("CrossEntropyLoss", T(Space.LOGITS, source=Source.DATA), MODEL_OUTPUT, None),
        (
            "CrossEntropyLoss",
            MODEL_SCORES,
            T(Space.CLASS_INDICES, dtype=DType.I64, source=Source.MODEL),
            None,
        ),
        ("CrossEntropyLoss", T(source=Source.DATA), T(Space.CLASS_INDICES, source=Source.MODEL), None),
        ("KLDivLoss", T(Space.LOG_PROBABILITIES, source=Source.DATA), MODEL_OUTPUT, "LG307"),
        ("KLDivLoss", T(Space.LOG_PROBABILITIES), T(Space.LOG_PROBABILITIES), "LG207"),
    ],
)
def test_swapped(loss: str, given: TensorFacts, target: TensorFacts, expected: str | None) -> None:
    assert code(call(loss, given, target)) == expected


def test_log_target_explains_log_probabilities_as_target() -> None:
    facts = call("KLDivLoss", PROBABILITIES, T(Space.LOG_PROBABILITIES), log_target=True)
    assert code(facts) == "LG107"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (construction("CrossEntropyLoss", weight=T(), size_average=T()), "LG302"),
        (construction("MSELoss", size_average=T()), "LG302"),
        (construction("HuberLoss", reduction=T(), delta=T()), "LG302"),
        (construction("CrossEntropyLoss", weight=MODEL_SCORES), "LG302"),
        (construction("CrossEntropyLoss", weight=T(shape=(8, 10), source=Source.MODEL)), "LG302"),
        (construction("CrossEntropyLoss", weight=T(shape=(10,), source=Source.DATA)), None),
        (construction("CrossEntropyLoss", weight=T(Space.PROBABILITIES, source=Source.MODEL)), None),
        (construction("BCELoss", weight=T(shape=(8, 10), source=Source.MODEL)), None),
        (construction("BCEWithLogitsLoss", weight=T(), pos_weight=T()), None),
        (construction("MarginRankingLoss", margin=T()), None),
    ],
)
def test_constructed(facts: LossCall, expected: str | None) -> None:
    assert code(facts) == expected


def test_construction_breaks_no_rule_about_calls() -> None:
    assert code(construction("CrossEntropyLoss", input=T(Space.PROBABILITIES), weight=T())) == "LG302"


@pytest.mark.parametrize(
    ("loss", "shape", "target", "expected"),
    [
        ("CrossEntropyLoss", (8, 1), None, "LG303"),
        ("CrossEntropyLoss", (None, 1, None, None), None, "LG303"),
        ("CrossEntropyLoss", (8, 1, 5), (8, 5), "LG303"),
        ("CrossEntropyLoss", (8, 1, 5), (8, 1), "LG306"),
        ("CrossEntropyLoss", (8, None), None, None),
        ("CrossEntropyLoss", (1,), None, None),
        ("CrossEntropyLoss", (1, 10), None, None),
        ("NLLLoss", (8, 1), None, None),
        ("BCEWithLogitsLoss", (8, 1), None, None),
        ("LinearCrossEntropyLoss", (8, 1), None, None),
    ],
)
def test_single_logit(
    loss: str, shape: tuple[int | None, ...], target: tuple[int, ...] | None, expected: str | None
) -> None:
    assert code(call(loss, T(shape=shape), T(shape=target))) == expected


# One finding a call


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            call("CrossEntropyLoss", T(Space.PROBABILITIES, shape=(8, 1)), T(dtype=DType.F32, shape=(8,))),
            "LG303",
        ),
        (call("CrossEntropyLoss", T(shape=(8, 1)), T(dtype=DType.I64, shape=(8, 1))), "LG303"),
        (call("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.I32, shape=(8, 1))), "LG204"),
        (call("NLLLoss", T(shape=SHAPE), T(Space.ONE_HOT, dtype=DType.F32, shape=SHAPE)), "LG201"),
        (call("NLLLoss", T(dtype=DType.I64), T(Space.LOGITS, dtype=DType.F32, source=Source.MODEL)), "LG301"),
        (call("CrossEntropyLoss", PROBABILITIES, T(dtype=DType.I32)), "LG101"),
        (call("CrossEntropyLoss", T(Space.LOG_PROBABILITIES), T(dtype=DType.I32)), "LG202"),
    ],
)
def test_the_most_specific_speaks_alone(facts: LossCall, expected: str) -> None:
    assert code(facts) == expected


def test_the_order_of_the_rules_does_not_matter() -> None:
    facts = call("CrossEntropyLoss", PROBABILITIES, T(dtype=DType.I32, shape=(8, 1)))
    forwards, backwards = (most_specific(facts, order) for order in (all_rules(), all_rules()[::-1]))
    assert forwards == backwards
    assert forwards is not None


def test_nothing_known_nothing_said() -> None:
    for terms in BY_MODULE.values():
        arguments = {each.key: argument(None, each.name) for each in terms.call}
        by_default = "LG307" if terms.name == "KLDivLoss" else None
        assert code(LossCall(terms, "criterion", CALL_SPAN, arguments=arguments)) == by_default
        assert code(LossCall(terms, "criterion", CALL_SPAN)) == by_default
