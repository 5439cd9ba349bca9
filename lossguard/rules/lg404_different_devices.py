"""LG404."""

from __future__ import annotations

from lossguard.contracts import Shapes
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import tensor_at
from lossguard.rules.wording import callee, quoted


class DifferentDevices(Rule):
    """Input, target or weight stand on different devices.

    ## What it does
    Reports a tensor of a loss call that is on another device than the input.

    ## Why is this bad
    torch raises `Expected all tensors to be on the same device`, and leaves open which of them is not; in
    some losses the message names an operator that the program does not mention.

    ## Example
    ```python
    criterion = nn.CrossEntropyLoss(weight=weights)
    loss = criterion(model(x.cuda()), labels.cuda())
    ```

    ## Use instead
    ```python
    criterion = nn.CrossEntropyLoss(weight=weights).cuda()
    loss = criterion(model(x.cuda()), labels.cuda())
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    Tensors without dimensions may stay on the CPU, and lengths and labels of `CTCLoss` belong there.

    ## References
    - [torch.Tensor.to](https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.to.html)
    """

    code = "LG404"
    name = "different-devices"
    guard_only = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        given = tensor_at(call, call.contract.input)
        if given is None or given[1].device is None or call.contract.shapes is Shapes.SEQUENCES:
            return None
        home = given[1].device
        for key, argument in call.arguments.items():
            tensor = argument.tensor
            if tensor is None or tensor.device in (None, home):
                continue
            if tensor.rank or tensor.device == "meta":
                return Finding(
                    key,
                    f"{callee(call)} gets tensors on different devices: {quoted(given[0].text)} is on "
                    f"{home}, {quoted(argument.text)} on {tensor.device}",
                    f"move it there: `.to({home!r})`; a criterion with a weight moves like a model does",
                )
        return None
