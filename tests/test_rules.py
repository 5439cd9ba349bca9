"""The rules over hand-built facts: what they report, in which words, and what they leave alone."""

from __future__ import annotations

import re

import pytest

from lossguard.contracts import BY_MODULE, Contract, DType, Space
from lossguard.diagnostics import Severity, Span, TraceStep
from lossguard.facts import Argument, LossCall, Phase, Source, TensorFacts
from lossguard.rules import Finding, Rule, all_rules, most_specific, rule

SECTIONS = [
    "What it does",
    "Why is this bad",
    "Example",
    "Use instead",
    "Fix safety",
    "Known limits",
    "References",
]
CALL_SPAN = Span("train.py", 20, 12, 20, 32)

T = TensorFacts


def steps(line: int = 14, path: str = "nets/models.py") -> tuple[TraceStep, ...]:
    return (TraceStep(Span(path, line, 16, line, 40), "values come into their space"),)


def argument(tensor: TensorFacts | None, text: str, column: int = 22) -> Argument:
    return Argument(text, Span("train.py", 20, column, 20, column + len(text)), tensor)


def contract(name: str) -> Contract:
    return BY_MODULE[f"torch.nn.{name}"]


def call(
    loss: str,
    given: TensorFacts | None = None,
    target: TensorFacts | None = None,
    *,
    text: str = "criterion",
    names: tuple[str, str] = ("out", "y"),
    **options: object,
) -> LossCall:
    terms = contract(loss)
    arguments = {terms.input: argument(given, names[0])}
    if terms.target is not None:
        arguments[terms.target] = argument(target, names[1], 30)
    return LossCall(terms, text, CALL_SPAN, arguments=arguments, options=options)


def construction(loss: str, text: str = "nn.CrossEntropyLoss", **tensors: TensorFacts) -> LossCall:
    arguments = {name: argument(each, f"t{place}") for place, (name, each) in enumerate(tensors.items())}
    return LossCall(contract(loss), text, CALL_SPAN, Phase.CONSTRUCTION, arguments)


def verdict(facts: LossCall) -> tuple[str, Finding] | None:
    found = most_specific(facts, all_rules())
    return None if found is None else (found[0].code, found[1])


def code(facts: LossCall) -> str | None:
    found = verdict(facts)
    return None if found is None else found[0]


PROBABILITIES = T(Space.PROBABILITIES, dim=1, operation="softmax", steps=steps())
LOGITS = T(Space.LOGITS, operation="linear", steps=steps())
INDICES = T(Space.CLASS_INDICES, dtype=DType.I64)
SHAPE = (8, 10)


# Documentation


def test_codes_are_found_in_order() -> None:
    codes = [each.code for each in all_rules()]
    assert codes == sorted(codes)
    assert codes == [
        *(f"LG10{n}" for n in range(1, 8)),
        *(f"LG20{n}" for n in range(1, 5)),
        *(f"LG30{n}" for n in range(1, 4)),
        "LG901",
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
    assert [each.code for each in all_rules() if each.severity is Severity.WARNING] == ["LG102"]


def test_superseded_codes_exist() -> None:
    codes = {each.code for each in all_rules()}
    assert all(each.supersedes <= codes - {each.code} for each in all_rules())


# Messages


@pytest.mark.parametrize(
    ("facts", "message", "remedy"),
    [
        (
            call("CrossEntropyLoss", PROBABILITIES),
            "`criterion` (CrossEntropyLoss) gets probabilities: `out` comes from `softmax` at models.py:14",
            "return the logits; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", T(Space.PROBABILITIES, shape=SHAPE, operation="softmax", steps=steps())),
            (
                "`criterion` (CrossEntropyLoss) gets probabilities: `out` comes from `softmax` "
                "at models.py:14; with 10 classes this loss cannot fall below 1.4612"
            ),
            "return the logits; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", PROBABILITIES, text="F.cross_entropy"),
            "`F.cross_entropy` gets probabilities: `out` comes from `softmax` at models.py:14",
            "return the logits; cross_entropy applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", PROBABILITIES, text="nn.CrossEntropyLoss()"),
            "`nn.CrossEntropyLoss()` gets probabilities: `out` comes from `softmax` at models.py:14",
            "return the logits; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", T(Space.PROBABILITIES, operation="softmax"), text="CrossEntropyLoss"),
            "`CrossEntropyLoss` gets probabilities: `out` comes from `softmax`",
            "return the logits; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", T(Space.PROBABILITIES)),
            "`criterion` (CrossEntropyLoss) gets probabilities: `out`",
            "return the logits; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", T(Space.LOG_PROBABILITIES, operation="log_softmax", steps=steps())),
            (
                "`criterion` (CrossEntropyLoss) gets log-probabilities: `out` comes from `log_softmax` at "
                "models.py:14"
            ),
            "return the logits, or use NLLLoss; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("CrossEntropyLoss", T(Space.SIGNED_UNIT_INTERVAL, shape=SHAPE, operation="tanh")),
            (
                "`criterion` (CrossEntropyLoss) gets values between -1 and 1: `out` comes from `tanh`; "
                "with 10 classes this loss cannot fall below 0.7966"
            ),
            "return the logits; CrossEntropyLoss applies log_softmax itself",
        ),
        (
            call("BCEWithLogitsLoss", T(Space.UNIT_INTERVAL, operation="sigmoid", steps=steps())),
            (
                "`criterion` (BCEWithLogitsLoss) gets values between 0 and 1: `out` comes from `sigmoid` "
                "at models.py:14"
            ),
            "pass the logits; BCEWithLogitsLoss applies the sigmoid itself",
        ),
        (
            call("BCELoss", LOGITS),
            (
                "`criterion` (BCELoss) gets raw scores, not probabilities: `out` comes from `linear` at "
                "models.py:14"
            ),
            "use BCEWithLogitsLoss, which applies the sigmoid itself, or apply torch.sigmoid first",
        ),
        (
            call("NLLLoss", PROBABILITIES),
            (
                "`criterion` (NLLLoss) gets probabilities, not log-probabilities: "
                "`out` comes from `softmax` at models.py:14"
            ),
            "use CrossEntropyLoss on the logits, or apply log_softmax first",
        ),
        (
            call("KLDivLoss", PROBABILITIES),
            (
                "`criterion` (KLDivLoss) gets probabilities, not log-probabilities: "
                "`out` comes from `softmax` at models.py:14"
            ),
            "use log_softmax in place of softmax",
        ),
        (
            call("CrossEntropyLoss", None, T(Space.ONE_HOT, dtype=DType.I64, operation="one_hot")),
            "`criterion` (CrossEntropyLoss) gets one-hot labels, not class indices: `y` comes from `one_hot`",
            "pass the class indices; a one-hot tensor has them as `.argmax(dim=1)`",
        ),
        (
            call("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.I64, shape=SHAPE)),
            (
                "`criterion` (CrossEntropyLoss) gets a target of the input's shape, i64[8, 10], not class "
                "indices: `y`"
            ),
            "pass the class indices; a one-hot tensor has them as `.argmax(dim=1)`",
        ),
        (
            call("NLLLoss", None, T(dtype=DType.F32, shape=(None,))),
            "`criterion` (NLLLoss) gets class indices as f32[?], not i64: `y`",
            "convert the class indices: `y.long()`",
        ),
        (
            call("BCELoss", None, T(dtype=DType.I64, shape=(8, 1))),
            "`criterion` (BCELoss) gets its target as i64[8, 1], not as floats: `y`",
            "convert the labels: `y.float()`",
        ),
        (
            call("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.I64, shape=(8, 1))),
            "`criterion` (CrossEntropyLoss) gets class indices with a dimension too many, i64[8, 1]: `y`",
            "remove the extra dimension: `y.squeeze(1)`",
        ),
        (
            call(
                "BCEWithLogitsLoss",
                T(source=Source.DATA),
                T(Space.LOGITS, source=Source.MODEL, steps=steps()),
            ),
            (
                "`criterion` (BCEWithLogitsLoss) gets the labels first: `out` is its input, "
                "and its target is the prediction: `y` comes from models.py:14"
            ),
            "pass `y` as input and `out` as target",
        ),
        (
            construction("CrossEntropyLoss", weight=LOGITS, size_average=INDICES),
            (
                "`nn.CrossEntropyLoss` is constructed with tensors: it takes `t0` as `weight` and `t1` as "
                "`size_average`"
            ),
            "construct the loss first, then call it: `nn.CrossEntropyLoss()(t0, t1)`",
        ),
        (
            call("CrossEntropyLoss", T(Space.LOGITS, dtype=DType.F32, shape=(8, 1), operation="linear")),
            (
                "`criterion` (CrossEntropyLoss) gets one logit per sample, f32[8, 1], so it is always 0: "
                "`out` comes from `linear`"
            ),
            "use BCEWithLogitsLoss for one logit per sample, or give the model one output per class",
        ),
    ],
)
def test_messages(facts: LossCall, message: str, remedy: str) -> None:
    found = verdict(facts)
    assert found is not None
    assert (found[1].message, found[1].help) == (message, remedy)


def test_an_operation_in_the_argument_itself_is_not_told_twice() -> None:
    text = "F.softmax(x, dim=1)"
    inside = (TraceStep(Span("train.py", 20, 22, 20, 22 + len(text)), "softmax makes probabilities"),)
    found = verdict(
        call("CrossEntropyLoss", T(Space.PROBABILITIES, operation="softmax", steps=inside), names=(text, "y"))
    )
    assert found is not None
    assert found[1].message == "`criterion` (CrossEntropyLoss) gets probabilities: `F.softmax(x, dim=1)`"


def test_a_logarithm_may_be_that_of_a_mixture_but_not_a_logsigmoid() -> None:
    operations = {"log": None, "logsigmoid": "LG106", "nn.LogSigmoid": "LG106", None: None}
    found = {each: code(call("NLLLoss", T(Space.LOG_UNIT_INTERVAL, operation=each))) for each in operations}
    assert found == operations


def test_the_remedy_keeps_to_functions_where_the_call_does() -> None:
    found = verdict(call("BCELoss", LOGITS, text="F.binary_cross_entropy"))
    assert found is not None
    assert found[1].help.startswith("use binary_cross_entropy_with_logits, which applies the sigmoid itself")


def test_long_arguments_are_shortened_and_joined() -> None:
    text = "torch.softmax(\n    self.classifier(self.backbone(images)),\n    dim=1,\n)"
    found = verdict(call("CrossEntropyLoss", PROBABILITIES, names=(text, "y")))
    assert found is not None
    assert "`torch.softmax(…)` comes from `softmax` at models.py:14" in found[1].message


def test_notebook_places_name_the_cell() -> None:
    where = (TraceStep(Span("a.ipynb", 3, 1, 3, 9, cell=5), "softmax makes probabilities"),)
    found = verdict(call("CrossEntropyLoss", T(Space.PROBABILITIES, operation="softmax", steps=where)))
    assert found is not None
    assert found[1].message.endswith("at a.ipynb:cell 5:3")


@pytest.mark.parametrize(
    "facts",
    [
        call("CrossEntropyLoss", T(Space.PROBABILITIES, shape=SHAPE), reduction="sum"),
        call("CrossEntropyLoss", T(Space.PROBABILITIES, shape=SHAPE), weight=object()),
        call("CrossEntropyLoss", T(Space.PROBABILITIES, shape=(8, None))),
        call("CrossEntropyLoss", T(Space.PROBABILITIES, shape=())),
    ],
)
def test_no_floor_where_it_does_not_hold(facts: LossCall) -> None:
    found = verdict(facts)
    assert found is not None
    assert "fall below" not in found[1].message


def test_floor_of_the_unit_interval() -> None:
    found = verdict(call("CrossEntropyLoss", T(Space.UNIT_INTERVAL, shape=(100,))))
    assert found is not None
    assert "with 100 classes this loss cannot fall below 3.6222" in found[1].message


def test_findings_stand_at_the_argument() -> None:
    places = {
        "LG101": call("CrossEntropyLoss", PROBABILITIES),
        "LG203": call("BCELoss", None, T(dtype=DType.BOOL)),
    }
    found = {name: verdict(facts) for name, facts in places.items()}
    assert {name: each[1].parameter for name, each in found.items() if each} == {
        "LG101": "input",
        "LG203": "target",
    }


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
        ("KLDivLoss", Space.LOG_PROBABILITIES, None),
        ("KLDivLoss", Space.UNKNOWN, None),
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
        ("CrossEntropyLoss", T(), T(Space.ONE_HOT, dtype=DType.F32), None),
        ("CrossEntropyLoss", T(), T(Space.ONE_HOT), None),
        ("CrossEntropyLoss", T(shape=SHAPE), T(dtype=DType.I32, shape=SHAPE), "LG201"),
        ("CrossEntropyLoss", T(shape=(None, 10)), T(dtype=DType.I64, shape=(None, 10)), "LG201"),
        ("CrossEntropyLoss", T(shape=(None, None)), T(dtype=DType.I64, shape=(None, None)), None),
        ("CrossEntropyLoss", T(shape=(8,)), T(dtype=DType.I64, shape=(8,)), None),
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
        ("KLDivLoss", T(Space.LOG_PROBABILITIES, source=Source.DATA), MODEL_OUTPUT, None),
        ("KLDivLoss", T(Space.LOG_PROBABILITIES), T(Space.LOG_PROBABILITIES), None),
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
        ("CrossEntropyLoss", (8, 1, 5), (8, 1), None),
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
        assert code(LossCall(terms, "criterion", CALL_SPAN, arguments=arguments)) is None
        assert code(LossCall(terms, "criterion", CALL_SPAN)) is None
