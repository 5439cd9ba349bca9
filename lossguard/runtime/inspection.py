"""The look at one loss call: a signature known to be right costs one set lookup, a new one all the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from time import perf_counter
from typing import Final

import torch
from torch import Tensor, nn
from torch._C._functorch import peek_interpreter_stack

from lossguard.contracts import Contract, Parameter, Shapes, Space
from lossguard.elements import Course
from lossguard.facts import LossCall
from lossguard.rules import most_specific
from lossguard.rules.lg410_chance_level import ChanceLevel
from lossguard.runtime.deferred import Call, Deferral, lane_of
from lossguard.runtime.enclosing import enclosing_call
from lossguard.runtime.glance import Features, Glance
from lossguard.runtime.location import call_site, place
from lossguard.runtime.look import Look, Verdict, written
from lossguard.runtime.observation import bound
from lossguard.runtime.policy import Policy
from lossguard.runtime.reading import readable
from lossguard.runtime.signature import Signer
from lossguard.runtime.tally import tally_for

REMEMBERED: Final = 1024
Arguments = tuple[object, ...]
Keywords = Mapping[str, object]


_tracing = torch._C._get_tracing_state
_dispatch_modes = torch._C._len_torch_dispatch_stack


class Inspector(Glance):
    """Looks at the calls of one loss.

    parameters: how the loss is called: those of ``forward``, or of the function.
    watches: whether it looks at calls that nobody asked it to guard: those of a guarded loss, and a loss
        module's call of its own function, are seen from outside then.
    """

    __slots__ = (
        "__weakref__",
        "_always",
        "_deferral",
        "_losses",
        "_next",
        "_policy",
        "_right",
        "_signer",
        "_watches",
        "contract",
        "parameters",
    )

    def __init__(
        self, contract: Contract, parameters: Sequence[Parameter], policy: Policy, *, watches: bool = False
    ) -> None:
        self.contract = contract
        self.parameters = parameters
        self._policy = policy
        self._watches = watches
        minds_layers = Space.LOGITS in contract.misuse or contract.positive is not None
        self._signer = Signer(minds_layers=minds_layers, takes_pairs=len(contract.call) == 2)
        self._always = contract.shapes is Shapes.SEQUENCES
        super().__init__(tally_for(self, contract.name))
        self._losses: list[float] | None = None if policy.stagnation is None else []
        self._deferral = Deferral(contract, parameters)
        self._next = 0 if policy.first else policy.every
        self.due = self._due()
        self.forget()

    def forget(self) -> None:
        """Look anew at every signature: the loss itself has changed."""
        self._right: dict[object, tuple[Features, LossCall] | None] = {}
        self.recognise()

    def passes(self, args: Arguments, kwargs: Keywords) -> bool:
        """Count a call, and say whether it looks like one that is known to be right."""
        tally = self.tally
        tally.calls = calls = tally.calls + 1
        if calls > self.due:
            return False
        scores = args[0] if len(args) > 1 else None
        if (
            type(scores) is Tensor
            and type(scores.grad_fn) is self.node
            and (args[2:], kwargs) == self.rest
            and self.alike(scores, args[1])  # type: ignore[arg-type]
        ):
            return True
        return self.knows(args, kwargs)

    def recognises(self, args: Arguments, kwargs: Keywords) -> bool:
        """Say whether a call that is counted already looks like one that is known to be right."""
        return self.tally.calls <= self.due and self.knows(args, kwargs)

    def knows(self, args: Arguments, kwargs: Keywords) -> bool:
        """Say whether a call looks like one that is known to be right; the next is recognised sooner."""
        signature = self._signer.call(args, kwargs)
        if signature is None or signature not in self._right:
            return False
        known = self._right[signature]
        if known is not None:
            self.recognise(known[0])
        return True

    def _due(self) -> int:
        in_every_call = self._always or self._losses is not None or self._deferral.is_busy
        return 0 if in_every_call else self._next

    def attend(
        self, loss: Callable[..., object], owner: nn.Module | None, args: Arguments, kwargs: Keywords
    ) -> object:
        """Call a loss, and look at what it is given before, and at what it gives after.

        loss: takes the arguments; ``owner`` is the module that holds its options, if there is one.
        """
        tally = self.tally
        if _tracing() is not None or peek_interpreter_stack() is not None:
            tally.skipped["inside a trace or a function transform"] += 1
            return loss(*args, **kwargs)
        signature = self._signer.call(args, kwargs)
        if signature is None:
            tally.skipped["tensors without a plain shape"] += 1
            return loss(*args, **kwargs)
        call = self._placed(Call(loss, owner, args, kwargs, signature, tally.calls, self._reads_values()))
        result = self._compute(call) if self._is_settled(call) else self._judge(call)
        if self._losses is not None:
            self._follow(self._losses, _plain(result), call)
        return result

    def _placed(self, call: Call) -> Call:
        """Put down how the values of a call on an accelerator get to the host, where they are wanted."""
        first = call.args[0] if call.args else call.kwargs.get(self.parameters[0].name)
        lane = None if _dispatch_modes() else lane_of(first)
        if lane is None:
            return call
        self._tell_arrived(call)
        if not lane.is_open():
            self.tally.unread["while the work of a device is captured"] += 1
            return replace(call, reads_values=False)
        wanted = call.reads_values or self._deferral.in_every_call or call.signature not in self._right
        if not wanted or (self._watches and enclosing_call()[1]):
            return replace(call, reads_values=False)
        return replace(call, lane=lane)

    def _is_settled(self, call: Call) -> bool:
        return call.signature in self._right and not call.reads_here

    def _compute(self, call: Call) -> object:
        if call.lane is None:
            return call.compute()
        result = self._deferral.compute(call.lane, call)
        self.due = self._due()
        return result

    def _tell_arrived(self, later: Call) -> None:
        """Judge the calls whose values have arrived from a device, and tell of them at this later call."""
        while (note := self._deferral.arrived()) is not None:
            self.tally.read += 1
            verdict = most_specific(note.read(), self._policy.by_values)
            if verdict is None:
                continue
            site = call_site(self.parameters, bound(self.parameters, later.args, later.kwargs))
            there = place(*note.place)
            if (site.span.path, site.span.line) != (there.span.path, there.span.line):
                site = there
            call = note.read(site)
            rule, finding = most_specific(call, self._policy.by_values) or verdict
            self.tally.findings[rule.code] += 1
            shapes = f"{note.shapes}; in call {note.number} of this loss, read in call {self.tally.calls}"
            self._policy.report(*written(rule, finding, call, site, shapes))
        self.due = self._due()

    def _judge(self, call: Call) -> object:
        tally, policy, start = self.tally, self._policy, perf_counter()
        look = self._look(call)
        known = call.signature in self._right
        verdict = look.judge(policy.rules, by_values=policy.by_values if known else None)
        tally.judged += 1
        tally.read += look.is_read
        tally.unread.update(look.unread)
        tally.seconds += perf_counter() - start
        if verdict is not None:
            self._tell(look, verdict)
        else:
            self._remember(call, look)
        result = self._compute(call)
        if verdict is None and call.reads_here and (read := _plain(result)) is not None:
            start = perf_counter()
            if not _is_finite(read):
                verdict = look.judge_result(policy.by_values, read)
            tally.seconds += perf_counter() - start
            if verdict is not None:
                self._tell(look, verdict)
        return result

    def _look(self, call: Call) -> Look:
        known = self._right.get(call.signature) if call.reads_here else None
        return Look(
            self.contract,
            self.parameters,
            call.owner,
            call.args,
            call.kwargs,
            reads_values=call.reads_here,
            before=None if known is None else known[1],
        )

    def _follow(self, losses: list[float], loss: Tensor | None, call: Call) -> None:
        """Put a loss down, and look at how it went once there are enough of them."""
        if loss is None or loss.dim():
            return
        losses.append(loss.item())
        count = len(losses)
        if count < (self._policy.stagnation or 0):
            return
        course = Course(min(losses), max(losses), sum(losses) / count, count)
        losses.clear()
        look = self._look(replace(call, reads_values=False))
        verdict = look.judge_course(self._policy.rules, course)
        if verdict is not None and verdict[0].code == ChanceLevel.code:
            self._tell(look, verdict)

    def _reads_values(self) -> bool:
        """Say whether the values of this call are to be read, and put down when the next ones are."""
        if self._always:
            return not _dispatch_modes()
        calls, policy = self.tally.calls - 1, self._policy
        if calls < self._next or _dispatch_modes():
            return False
        soon = calls + 1 < policy.first
        self._next = calls + 1 if soon else calls - calls % policy.every + policy.every
        self.due = self._due()
        return True

    def _remember(self, call: Call, look: Look) -> None:
        if len(self._right) >= REMEMBERED:
            self._right.clear()
        if call.signature not in self._right:
            features = self._signer.features(call.args, call.kwargs)
            self._right[call.signature] = None if features is None else (features, look.call)

    def _tell(self, look: Look, verdict: Verdict) -> None:
        if self._watches:
            outer, is_guarded = enclosing_call()
            if is_guarded:
                return
            look = look if outer is None else look.seen_from(outer)
        self.tally.findings[verdict[0].code] += 1
        diagnostic, text = look.described(verdict, self._policy.rules)
        if diagnostic.code == ChanceLevel.code:
            self._policy.advise(diagnostic, text)
        else:
            self._policy.report(diagnostic, text)


def _is_finite(loss: Tensor) -> bool:
    return isfinite(loss.item()) if loss.numel() == 1 else bool(loss.isfinite().all())


def _plain(result: object) -> Tensor | None:
    """Take the loss that a call gave, where it can be read."""
    loss = getattr(result, "loss", result)
    return loss if isinstance(loss, Tensor) and readable(loss) else None
