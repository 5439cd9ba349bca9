"""LG401."""

from __future__ import annotations

from lossguard.contracts import Target
from lossguard.elements import Element
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.readings import class_indices, ignored_index, number_of_classes
from lossguard.rules.wording import callee, quoted

_MARKS = (-1, 255, -100)


class ClassIndexRange(Rule):
    """A class index is not in 0 … C-1; on a GPU torch would end in a device-side assert.

    ## What it does
    Reports a class index below 0 or above C-1, where C is the number of classes of the input, unless it is
    `ignore_index`: the value, its position, and the number of classes. Labels that run from 1 to C are
    recognised.

    ## Why is this bad
    On the CPU torch raises `Target 5 is out of bounds`. On a GPU the kernel asserts, the error appears at a
    later, unrelated call, and the process can do nothing more on that GPU. Compiled code, and losses that
    gather by themselves, may read memory that is not theirs.

    ## Example
    ```python
    labels = torch.tensor([1, 2, 3])  # the data set counts from 1
    loss = F.cross_entropy(logits, labels)  # logits: (3, 3)
    ```

    ## Use instead
    ```python
    loss = F.cross_entropy(logits, labels - 1)
    ```

    ## Fix safety
    No fix is offered: the head may be too small, the labels wrong, or `ignore_index` missing.

    ## Known limits
    Only the guard can see it, in the calls whose values it reads. `CTCLoss` is LG409's.

    ## References
    - [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html)
    """

    code = "LG401"
    name = "class-index-range"
    guard_only = True
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        classes, known = number_of_classes(call), class_indices(call)
        if classes is None or known is None:
            return None
        argument, _, elements = known
        least = -1 if Target.PADDED_INDICES in call.contract.targets else 0
        wrong = elements.outside(least, classes - 1, spared=ignored_index(call))
        if wrong is None:
            return None
        span = f"0 to {classes - 1}"
        return Finding(
            call.contract.target,
            f"{quoted(argument.text)}{_index(wrong)} is {wrong.value:.0f}, but {callee(call)} has "
            f"{classes} {'classes' if classes != 1 else 'class'}, {span}",
            _remedy(wrong.value, *elements.extremes(), classes),
        )


def _index(wrong: Element) -> str:
    return f"[{', '.join(map(str, wrong.position))}]" if wrong.position else ""


def _remedy(value: float, low: float, high: float, classes: int) -> str:
    if low == 1 and high == classes:
        return f"the labels run from 1 to {classes}: subtract 1"
    if value in _MARKS:
        return f"if {value:.0f} marks what is not to count, pass ignore_index={value:.0f}"
    return "give the model as many outputs as there are classes, or look for wrong labels"
