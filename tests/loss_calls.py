"""Facts about loss calls, built by hand for the tests of the rules."""

from __future__ import annotations

from lossguard.contracts import BY_MODULE, Contract, DType, Space
from lossguard.diagnostics import Span, TraceStep
from lossguard.facts import Argument, LossCall, Phase, TensorFacts
from lossguard.rules import Finding, all_rules, most_specific

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
