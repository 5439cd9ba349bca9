"""LG309."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lossguard.contracts import Shapes, Target
from lossguard.diagnostics import Severity
from lossguard.facts import UNKNOWN_OPTION, LossCall, Phase
from lossguard.remedies import SetOption
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import Shape, class_count, default, legacy_reduction, takes_words, tensor_at
from lossguard.rules.wording import callee, described, origin, quoted, shape_text

_RANGES: dict[str, tuple[Callable[[float], bool], str]] = {
    "label_smoothing": (lambda value: 0 <= value <= 1 and value is not True, "a number between 0 and 1"),
    "beta": (lambda value: value >= 0, "a number that is not negative"),
    "delta": (lambda value: value > 0, "a number above 0"),
}


_TAKE_NUMBERS = frozenset({"MultiLabelSoftMarginLoss", "GaussianNLLLoss"})


class CriterionArguments(Rule):
    """A loss is given options that it cannot take, or does not take for what they are meant.

    ## What it does
    Reports, where a loss is constructed or its function called: a `weight` or `pos_weight` that is no
    tensor, such as a list or the number of classes; one of the wrong length; a number, list, tuple or array
    in place of input or target, in source code where it is written in the call; a `label_smoothing` outside 0
    to 1; an `ignore_index` where the target of cross-entropy holds probabilities; a `reduction` that the loss
    does not know; a `beta` or `delta` that is too small; words where numbers belong; a similarity as
    `distance_function`; and, as a warning, the deprecated `size_average` and `reduce` of a criterion.

    ## Why is this bad
    Most of these raise, some only when the loss is called. Some pass in silence: `nn.MSELoss("sum")` takes
    the word for `size_average` and computes the mean, `label_smoothing=-0.1` does nothing, and
    `label_smoothing=True` smooths the labels away.

    ## Example
    ```python
    criterion = nn.CrossEntropyLoss(weight=[1.0, 5.0], size_average=False)
    ```

    ## Use instead
    ```python
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0]), reduction="sum")
    ```

    ## Fix safety
    `reduction=…` takes the place of the deprecated options. That is safe: it says the same. For the other
    mistakes nothing is offered.

    ## Known limits
    What a subclass gives to `super().__init__` is looked at for its weights and deprecated options only: its
    own `forward` may read the others differently. A function that is given `size_average=False` does what it
    is told, and is not reported. The guard looks at what the loss holds when it is called.

    ## References
    - [torch.nn: loss functions](https://docs.pytorch.org/docs/2.13/nn.html#loss-functions)
    """

    code = "LG309"
    name = "criterion-arguments"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        found = [finding for check in _CHECKS for finding in check(call)]
        return min(found, key=lambda finding: finding.severity is Severity.WARNING, default=None)


def _given(call: LossCall, name: str) -> object:
    """The value of an option that is given here: what a constructor was given is judged there."""
    argument = call.arguments.get(name)
    elsewhere = argument is not None and argument.phase is not call.phase
    return UNKNOWN_OPTION if elsewhere else call.options.get(name, UNKNOWN_OPTION)


def _takes(call: LossCall, name: str, value: object) -> str:
    is_plain = isinstance(value, str | int | float | None)
    shown = quoted(repr(value)) if is_plain else f"a {type(value).__name__}"
    return f"{callee(call)} takes {shown} as its `{name}`"


def _no_tensor(call: LossCall) -> Iterator[Finding]:
    for name in ("weight", "pos_weight"):
        value = _given(call, name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and call.phase is Phase.CALL and call.contract.name == "MultiLabelSoftMarginLoss":
            continue  # the function multiplies by it, whatever it is
        if isinstance(value, list | tuple | str | int | float):
            counts = number and name == "weight"
            remedy = "leave it out: the classes are counted from the input" if counts else "pass a tensor"
            yield Finding(name, f"{_takes(call, name, value)}, not a tensor", remedy)


def _no_batch(call: LossCall) -> Iterator[Finding]:
    for name in (call.contract.input, call.contract.target or ""):
        value = _given(call, name)
        number = isinstance(value, int | float)
        if call.phase is not Phase.CALL or (number and call.contract.name in _TAKE_NUMBERS):
            continue
        if number or isinstance(value, list | tuple | dict) or type(value).__module__ == "numpy":
            holds = name == call.contract.input and isinstance(value, tuple | dict)
            remedy = "pass the tensor of scores that it holds" if holds else "pass a tensor"
            yield Finding(name, f"{_takes(call, name, value)}, not a tensor", remedy)


def _wrong_length(call: LossCall) -> Iterator[Finding]:
    scores = tensor_at(call, call.contract.input)
    for name in ("weight", "pos_weight"):
        known = tensor_at(call, name)
        if known is None or known[1].shape is None or scores is None or not scores[1].shape:
            continue
        size = _expected_length(call, scores[1].shape, known[1].shape)
        if size is not None:
            argument, weight = known
            yield Finding(
                name if argument.phase is call.phase else call.contract.input,
                f"{callee(call)} gets scores of shape {shape_text(scores[1].shape)}, but its {name} "
                f"{quoted(argument.text)} is {described(weight)}",
                f"give one number for each of the {size}",
            )


def _expected_length(call: LossCall, scores: Shape, weight: Shape) -> int | None:
    """The number of weights that torch asks for, where it refuses these."""
    if Target.CLASS_INDICES in call.contract.targets and call.contract.shapes is not Shapes.FEATURES:
        size = class_count(scores)
        return size if len(weight) != 1 or weight[0] not in (None, size) else None
    size = scores[-1]
    stretches = len(weight) != 1 or weight[0] in (None, 1, size)
    return size if call.contract.shapes is Shapes.SAME and not stretches else None


def _ignored_class(call: LossCall) -> Iterator[Finding]:
    value, target = call.options.get("ignore_index"), tensor_at(call, call.contract.target)
    if target is None or target[1].dtype is None or not target[1].dtype.is_floating:
        return
    if call.contract.name == "CrossEntropyLoss" and isinstance(value, int) and value >= 0:
        message = f"{callee(call)} has {quoted(f'ignore_index={value}')}, and a target of probabilities"
        remedy = "leave it out: probabilities have no index that could be ignored"
        yield Finding(call.contract.target, f"{message}, {described(target[1])}: {origin(*target)}", remedy)


def _reduction(call: LossCall) -> Iterator[Finding]:
    value = _given(call, "reduction")
    legacy = any(call.options.get(name) is not None for name in ("size_average", "reduce"))
    if value is UNKNOWN_OPTION or legacy or not takes_words(call.contract):
        return
    known = ["mean", "sum", "none"] + ["batchmean"] * (Target.PROBABILITIES in call.contract.targets)
    if value not in known and value != "elementwise_mean":
        yield Finding("reduction", f"{_takes(call, 'reduction', value)}", f"give one of {', '.join(known)}")


def _numbers(call: LossCall) -> Iterator[Finding]:
    for name in call.options:
        value, usual = _given(call, name), default(call.contract, name)
        if isinstance(usual, bool) or not isinstance(usual, int | float):
            continue
        legal, expected = _RANGES.get(name, (lambda _: True, "a number"))
        if isinstance(value, str) or (isinstance(value, int | float) and not legal(value)):
            yield Finding(name, _takes(call, name, value), f"give {expected}")


def _similarity(call: LossCall) -> Iterator[Finding]:
    value = _given(call, "distance_function")
    if {getattr(value, "__name__", ""), type(value).__name__} & {"cosine_similarity", "CosineSimilarity"}:
        yield Finding(
            "distance_function",
            f"{callee(call)} takes a similarity as its `distance_function`: alike counts as far",
            "give a distance, as 1 - cosine_similarity is",
        )


def _legacy(call: LossCall) -> Iterator[Finding]:
    values = {name: _given(call, name) for name in ("size_average", "reduce")}
    meant = legacy_reduction(*(None if each is UNKNOWN_OPTION else each for each in values.values()))
    for name, value in values.items():
        if isinstance(value, str) or (isinstance(value, int | float) and value not in (0, 1)):
            yield Finding(
                name, f"{_takes(call, name, value)}, which means {meant!r}", "give the option by its name"
            )
        elif isinstance(value, int | float) and call.phase is Phase.CONSTRUCTION:
            message = f"{_takes(call, name, value)}, which is deprecated"
            remedies = (SetOption("reduction", f'"{meant}"', frozenset(values)),)
            help_ = f"say reduction={meant!r}"
            yield Finding(name, message, help_, severity=Severity.WARNING, remedies=remedies)


_CHECKS = (_no_tensor, _no_batch, _wrong_length, _ignored_class, _reduction, _numbers, _similarity, _legacy)
