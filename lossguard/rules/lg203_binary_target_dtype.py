"""LG203."""

from __future__ import annotations

from lossguard.contracts import FLOATING, INTEGERS, DType, Target
from lossguard.facts import LossCall, Source, TensorFacts
from lossguard.remedies import Convert
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import described, gets

_CONVERSIONS = {DType.F64: "double()", DType.F16: "half()", DType.BF16: "bfloat16()"}
_OTHER_TYPES = frozenset({"long", "int", "short"})
_NO_FLOATS = INTEGERS | {DType.BOOL}
_OF_ONE_TYPE = frozenset({"BCELoss", "HuberLoss"})


class BinaryTargetDtype(Rule):
    """A target has an element type that its loss does not take: integers for a binary loss.

    ## What it does
    Reports integer and bool targets of `BCELoss`, `BCEWithLogitsLoss` and `HuberLoss`, bool targets of
    `MultiLabelSoftMarginLoss`, `L1Loss` and `GaussianNLLLoss`, which take integers, and complex targets of
    losses over real values. `BCELoss` and `HuberLoss` take floats of the input's precision only.

    ## Why is this bad
    torch raises: `Found dtype Long but expected Float` from `BCELoss`,
    `result type Float can't be cast to the desired output type Long` from `BCEWithLogitsLoss`, and a message
    about subtraction from that one, `MultiLabelSoftMarginLoss` and `L1Loss` for bool. `HuberLoss` computes a
    loss, and raises in the backward pass.

    ## Example
    ```python
    labels = torch.randint(0, 2, (8, 1))
    loss = F.binary_cross_entropy_with_logits(logits, labels)
    ```

    ## Use instead
    ```python
    loss = F.binary_cross_entropy_with_logits(logits, labels.float())
    ```

    ## Fix safety
    `.float()` is called on the labels where they are given to the loss, or `.double()` and the like for
    an input of another precision. That is safe: the call raises as it stands.

    ## Known limits
    Floating targets of another precision are reported where it is known that autocast is off. `HuberLoss`
    is looked at where the input has a gradient: without one, it takes any numbers.

    ## References
    - [torch.nn.BCELoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCELoss.html)
    - [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.BCEWithLogitsLoss.html)
    """

    code = "LG203"
    name = "binary-target-dtype"

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.target)
        if known is None or not call.contract.targets & {Target.BINARY, Target.CONTINUOUS}:
            return None
        argument, target = known
        expected = _expected(call, target)
        if expected is None:
            return _swapped_integers(call, target)
        message = gets(call, argument, target, f"its target as {described(target)}, not as {expected}")
        if target.dtype is DType.COMPLEX:
            return Finding(call.contract.target, message, "compare what torch.view_as_real gives of both")
        conversion = _conversion(call)
        return Finding(
            call.contract.target,
            message,
            f"convert the labels: `{argument.text}.{conversion}`",
            remedies=(Convert(call.contract.target or "", conversion, _OTHER_TYPES, everywhere=False),),
        )


def _swapped_integers(call: LossCall, target: TensorFacts) -> Finding | None:
    """The loss that takes either of its arguments first, and no integers beside what is trained."""
    known = tensor_at(call, call.contract.input)
    if call.contract.name != "HuberLoss" or known is None or known[1].dtype not in _NO_FLOATS:
        return None
    if target.source is not Source.MODEL or target.dtype not in FLOATING:
        return None
    message = gets(call, *known, f"its input as {described(known[1])}, not as floats")
    remedy = f"convert the labels: `{known[0].text}.float()`"
    convert = Convert(call.contract.input, "float()", _OTHER_TYPES, everywhere=False)
    return Finding(call.contract.input, message, remedy, remedies=(convert,))


def _expected(call: LossCall, target: TensorFacts) -> str | None:
    """Say what a target ought to be that torch refuses; None for one that it takes."""
    known, name = tensor_at(call, call.contract.input), call.contract.name
    scores = None if known is None else known[1]
    trained = scores is not None and scores.source is Source.MODEL and call.unrecorded is None
    if target.dtype is None or (name == "HuberLoss" and not trained):
        return None
    if target.dtype in _NO_FLOATS - call.contract.value_dtypes:
        return "floats"
    if Target.CONTINUOUS in call.contract.targets and target.dtype not in call.contract.value_dtypes:
        return "real values"
    if scores is None or scores.dtype is None or name not in _OF_ONE_TYPE or call.autocast is not False:
        return None
    differ = scores.dtype is not target.dtype and {scores.dtype, target.dtype} <= FLOATING - {DType.FLOAT}
    return f"{scores.dtype.value}, the input's type" if differ else None


def _conversion(call: LossCall) -> str:
    known = tensor_at(call, call.contract.input)
    dtype = None if known is None else known[1].dtype
    return "float()" if dtype is None else _CONVERSIONS.get(dtype, "float()")
