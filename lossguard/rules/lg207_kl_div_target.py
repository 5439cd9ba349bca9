"""LG207."""

from __future__ import annotations

from lossguard.contracts import INTEGERS, DType, Space, Target
from lossguard.facts import LossCall, TensorFacts
from lossguard.remedies import SetOption
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import option, tensor_at
from lossguard.rules.wording import described, gets

_LOGARITHMS = frozenset({Space.LOG_PROBABILITIES, Space.LOG_UNIT_INTERVAL})
_NOT_LOGARITHMS = frozenset({Space.PROBABILITIES, Space.UNIT_INTERVAL, Space.ONE_HOT})
_SAY_SO = "say log_target=True"
_NEITHER = frozenset({Space.LOGITS, Space.SIGNED_UNIT_INTERVAL, Space.SIGNS})


class KlDivTarget(Rule):
    """The target of KLDivLoss is raw scores, or logarithms where it takes probabilities, or the reverse.

    ## What it does
    Reports `KLDivLoss` and `kl_div` whose target is known to be raw scores, or log-probabilities without
    `log_target=True`, or probabilities with it, or integers.

    ## Why is this bad
    `kl_div(input, target)` computes `target * (log(target) - input)`: the logarithm of a negative target is
    NaN, and torch says nothing. With `log_target=True` it computes `exp(target) * (target - input)`: for
    probabilities that is a number, but no divergence. For integers torch raises
    `kl_div: Integral inputs not supported`.

    ## Example
    ```python
    loss = F.kl_div(student.log_softmax(-1), teacher.log_softmax(-1), reduction="batchmean")
    ```

    ## Use instead
    ```python
    loss = F.kl_div(
        student.log_softmax(-1), teacher.log_softmax(-1), reduction="batchmean", log_target=True
    )
    ```

    ## Fix safety
    For a target that is known to be log-probabilities `log_target=True` is said, where the loss is
    constructed or its function called. That is safe where every call of it has such a target; otherwise
    nothing is offered.

    ## Known limits
    Only what is known of the target is reported; a target of unknown origin is not.

    ## References
    - [torch.nn.KLDivLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.KLDivLoss.html)
    """

    code = "LG207"
    name = "kl-div-target"
    supersedes = frozenset({"LG307"})

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.target)
        if known is None or Target.PROBABILITIES not in call.contract.targets:
            return None
        found = _mistake(known[1], option(call, "log_target"))
        if found is None:
            return None
        what, remedy = found
        remedies = (SetOption("log_target", "True"),) if remedy == _SAY_SO else ()
        return Finding(call.contract.target, gets(call, *known, what), remedy, remedies=remedies)


def _mistake(target: TensorFacts, log_target: object) -> tuple[str, str] | None:
    """Say what the target is and how to mend it."""
    if target.dtype in INTEGERS | {DType.BOOL}:
        return f"a target of integers, {described(target)}", "give the probability of every class, as floats"
    if target.space in _LOGARITHMS and log_target is False:
        return f"{target.space.described} as its target, without log_target", _SAY_SO
    if target.space in _NOT_LOGARITHMS and log_target is True:
        what = f"{target.space.described} as its target, with log_target=True"
        return what, "leave log_target out, or pass log-probabilities"
    if target.space is Space.CLASS_INDICES:
        return f"class indices as its target, {described(target)}", "give the probability of every class"
    if target.space in _NEITHER:
        remedy = "apply log_softmax to the target" if log_target is True else "apply softmax to the target"
        return f"{target.space.described} as its target, not probabilities", remedy
    return None
