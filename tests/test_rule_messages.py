"""What the rules say, and where their findings stand."""

from __future__ import annotations

import pytest

from lossguard.contracts import DType, Space
from lossguard.diagnostics import Span, TraceStep
from lossguard.facts import LossCall, Source
from tests.loss_calls import (
    INDICES,
    LOGITS,
    PROBABILITIES,
    SHAPE,
    T,
    call,
    code,
    construction,
    steps,
    verdict,
)

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
