"""LG111."""

from __future__ import annotations

from lossguard.contracts import Space
from lossguard.facts import Argument, LossCall, TensorFacts
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import option, tensor_at
from lossguard.rules.wording import gets

_POSITIVE_BY_DESIGN = frozenset({"exp", "softplus", "nn.Softplus"})
"""Operations that make a rate of any number; a relu may stand there by habit."""

_BELOW_ZERO = frozenset(
    {Space.LOGITS, Space.LOG_PROBABILITIES, Space.LOG_UNIT_INTERVAL, Space.SIGNED_UNIT_INTERVAL}
)


_VARIANCE = "apply exp to a log-variance, or softplus to make a variance of any number"


class RateNotLog(Rule):
    """A rate stands where its logarithm belongs, or the reverse; a variance that may be negative.

    ## What it does
    Reports `PoissonNLLLoss` whose input is made by `exp` or `softplus` where `log_input=True`, the default,
    takes it for the logarithm of the rate; one whose input may be negative where `log_input=False` takes it
    for the rate itself; and `GaussianNLLLoss` whose `var` may be negative, like a log-variance.

    ## Why is this bad
    With `log_input=True` the loss applies `exp` itself: the model learns the exponential of an exponential,
    and cannot predict a rate below 1. With `log_input=False` it takes the logarithm of the input, which is
    NaN below zero. torch says nothing of either. `gaussian_nll_loss` raises
    `var has negative entry/entries`, but only once an entry is; until then the likelihood is wrong.

    ## Example
    ```python
    rate = F.softplus(net(x))
    loss = F.poisson_nll_loss(rate, counts)
    ```

    ## Use instead
    ```python
    rate = F.softplus(net(x))
    loss = F.poisson_nll_loss(rate, counts, log_input=False)
    ```

    ## Fix safety
    No fix is offered: returning the logarithm and saying `log_input=False` are both right.

    ## Known limits
    The output of a ReLU under `log_input=True` is not reported: it is odd, but may be meant. The static
    checker reports a `var` by where it comes from; the guard reports negative values as well.

    ## References
    - [torch.nn.PoissonNLLLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.PoissonNLLLoss.html)
    - [torch.nn.GaussianNLLLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.GaussianNLLLoss.html)
    """

    code = "LG111"
    name = "rate-not-log"
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        known = tensor_at(call, call.contract.positive)
        if known is None or call.contract.positive is None:
            return None
        if call.contract.positive != call.contract.input:
            return _below_zero(call, call.contract.positive, *known, "a variance", _VARIANCE)
        match option(call, "log_input"):
            case True:
                return _is_rate(call, *known)
            case False:
                remedy = "leave `log_input` True for the logarithm of the rate, or take its exp"
                return _below_zero(call, call.contract.positive, *known, "a rate", remedy)
        return None


def _is_rate(call: LossCall, argument: Argument, tensor: TensorFacts) -> Finding | None:
    if tensor.space is not Space.NON_NEGATIVE or tensor.operation not in _POSITIVE_BY_DESIGN:
        return None
    return Finding(
        call.contract.input,
        gets(call, argument, tensor, "a rate, and takes it for the logarithm of one"),
        "return the logarithm of the rate, or say log_input=False",
    )


def _below_zero(
    call: LossCall, parameter: str, argument: Argument, tensor: TensorFacts, expected: str, remedy: str
) -> Finding | None:
    if tensor.space in _BELOW_ZERO:
        what = f"{tensor.space.described}, which may be negative, as {expected}"
    elif (elements := call.elements.get(parameter)) is not None and (low := elements.extremes()[0]) < 0:
        what = f"{expected} that is negative, down to {low:.4g}"
    else:
        return None
    return Finding(parameter, gets(call, argument, tensor, what), remedy)
