"""LG305."""

from __future__ import annotations

from lossguard.contracts import INTEGERS, DType, Shapes, Target
from lossguard.diagnostics import TraceStep
from lossguard.facts import Argument, Cut, LossCall, Source, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import callee, described, gets, place, quoted

_INTEGERS = INTEGERS | {DType.BOOL}
LABELS_ONLY = frozenset({Target.CLASS_INDICES, Target.PADDED_INDICES, Target.LABEL_SEQUENCES})


class NonDifferentiableInput(Rule):
    """A loss is trained on, but no gradient flows from it to the model.

    ## What it does
    Reports a loss whose gradient is asked for, with `loss.backward()`, `accelerator.backward(loss)` or as
    what a `training_step` returns, where the model's output went through `argmax`, a comparison, `round`,
    a cast to integers, `detach`, `.data`, `.item()`, `.numpy()` or `torch.tensor` before it, or where
    output or loss were computed under `torch.no_grad`. Reports input and target that are both integers, too.

    ## Why is this bad
    The model never learns. torch raises `element 0 of tensors does not require grad` in `backward`, and says
    nothing at all where the gradient is zero, as that of `round` is, where the loss is given
    `requires_grad = True`, and where another term of the sum has a gradient. For integers alone it raises at
    once: `"mse_cpu" not implemented for 'Long'`.

    ## Example
    ```python
    predicted = model(x).argmax(dim=1).float()
    loss = F.mse_loss(predicted, labels.float())
    loss.backward()
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(model(x), labels)
    loss.backward()
    ```

    ## Fix safety
    No fix is offered: which loss the scores need depends on what is to be learnt.

    ## Known limits
    The model has to be in sight, and so has the call that asks for the gradient. A target that may have a
    gradient itself keeps the rule silent, and so does, behind `detach` and its kin, any other term of the
    sum: both are ways of training something else on purpose.

    ## References
    - [Autograd mechanics](https://docs.pytorch.org/docs/2.13/notes/autograd.html)
    - [torch.no_grad](https://docs.pytorch.org/docs/2.13/generated/torch.no_grad.html)
    """

    code = "LG305"
    name = "non-differentiable-input"
    supersedes = frozenset(f"LG{number}" for number in range(101, 112))

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        training, known = call.training, tensor_at(call, call.contract.input)
        if known is not None and _are_integers(call, known[1]):
            return Finding(
                call.contract.input,
                gets(call, *known, f"integers as its {call.contract.input}, {described(known[1])}"),
                "give it the scores themselves: no gradient flows through integers",
            )
        if training is None:
            return None
        cut = call.unrecorded or (None if known is None else known[1].cut)
        if cut is None or (cut.deliberate and not training.alone):
            return None
        if call.unrecorded is None and not all(_is_inert(call, other, cut) for other in _others(call)):
            return None
        reach = f"{quoted(training.text)} at {place(training.span)} cannot train the model"
        steps = known[1].steps if known is not None else ()
        severed = TraceStep(cut.span, f"no gradient flows through `{cut.operation}`")
        if any(step.span == cut.span for step in steps):
            steps = (*steps, TraceStep(training.span, "the gradient is asked for"))
        else:
            steps = (*steps, severed, TraceStep(training.span, "the gradient is asked for"))
        return Finding(call.contract.input, f"{_told(call, known, cut)}; {reach}", _remedy(cut), steps)


def _are_integers(call: LossCall, scores: TensorFacts) -> bool:
    """Tell whether torch has no kernel: counts are what Poisson's loss takes, pairs may be compared."""
    target = tensor_at(call, call.contract.target)
    meets = call.contract.shapes not in (Shapes.PAIRS, Shapes.TRIPLETS) and call.contract.positive is None
    return meets and target is not None and {scores.dtype, target[1].dtype} <= _INTEGERS


def _others(call: LossCall) -> list[Argument]:
    keys = [parameter.key for parameter in call.contract.call if parameter.key != call.contract.input]
    return [call.arguments[key] for key in keys if key in call.arguments]


def _is_inert(call: LossCall, other: Argument, cut: Cut) -> bool:
    """Tell whether no gradient flows to another argument; labels have none, and few would expect one here."""
    tensor = other.tensor
    attached = tensor is not None and tensor.source is Source.MODEL and tensor.cut is None
    if not cut.deliberate:
        return not attached
    if tensor is None or attached:
        return not attached and call.contract.targets <= LABELS_ONLY
    integral = tensor.dtype is not None and not tensor.dtype.is_floating
    inert = integral or tensor.cut is not None or tensor.source is Source.DATA
    return inert or call.contract.targets <= LABELS_ONLY


def _told(call: LossCall, known: tuple[Argument, TensorFacts] | None, cut: Cut) -> str:
    where = f"`{cut.operation}` at {place(cut.span)}"
    if call.unrecorded is not None or known is None:
        return f"{callee(call)} is called under {where}, where torch records no gradient"
    way = "is computed under" if cut.operation in ("no_grad", "inference_mode") else "comes from"
    return f"{callee(call)} gets values that no gradient flows through: {quoted(known[0].text)} {way} {where}"


def _remedy(cut: Cut) -> str:
    if cut.operation in ("no_grad", "inference_mode", "set_grad_enabled"):
        return f"compute what is trained on outside of `{cut.operation}`"
    return f"give the loss what the model returns, without `{cut.operation}`"
