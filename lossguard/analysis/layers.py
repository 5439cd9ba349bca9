"""What the layers of ``torch.nn`` do to the tensor that they are called with."""

from __future__ import annotations

from dataclasses import replace

from lossguard.analysis.domain import Atom, Items, Literally, Reference, Value, constant, of
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.layer_table import (
    AFFINE,
    DROPPING,
    MODULE_ARGUMENTS,
    MODULES,
    NORMALISING,
    PLAIN_LAYERS,
    RECURRENT,
    RESHAPING,
)
from lossguard.analysis.semantics import tensor_of
from lossguard.analysis.tensor_methods import TensorMethods
from lossguard.contracts import DType, Space
from lossguard.diagnostics import TraceStep
from lossguard.facts import Source, TensorFacts


class Layers(TensorMethods):
    """Applies layers."""

    def run_layer(
        self,
        machine: Machine,
        receiver: Reference,
        bare: str,
        constructed: Arguments,
        subject: Value,
        site: Site,
    ) -> Value | None:
        """Call a layer by its bare name; None where it is not one that the analysis follows."""
        if bare in MODULES:
            return self._run_operator(machine, receiver, bare, constructed, subject, site)
        if bare in AFFINE:
            return self._run_affine(machine, receiver, bare, constructed, subject)
        if bare in PLAIN_LAYERS:
            return subject.under(machine.path).map(lambda atom: self._plain(machine, receiver, bare, atom))
        if bare in RECURRENT:
            output = TensorFacts(dtype=DType.FLOAT, source=Source.MODEL)
            state = machine.unknown("state", site, "the state of a recurrent layer")
            return of(Items((of(output), state)))
        return None

    def _run_operator(
        self,
        machine: Machine,
        receiver: Reference,
        bare: str,
        constructed: Arguments,
        subject: Value,
        site: Site,
    ) -> Value | None:
        if not constructed.positional and not constructed.keywords:
            constructed = Arguments(tuple(constant(n) for n in MODULE_ARGUMENTS.get(bare, ())))
        result = self.apply(machine, MODULES[bare], constructed.with_first(subject), site)
        if result is None:
            return None
        origin = machine.sites.get(receiver.number, site)
        layer_name = f"`nn.{bare}`"
        if origin.span != site.span:
            layer_name = f"`{site.callee}` (nn.{bare}, line {origin.span.line})"

        def named(atom: Atom) -> Atom:
            if not isinstance(atom, TensorFacts) or atom.operation != MODULES[bare]:
                return atom
            step = TraceStep(site.span, f"{layer_name} makes {atom.space.described}")
            return replace(atom, operation=f"nn.{bare}", steps=(step,))

        return result.map(named)

    def _plain(self, machine: Machine, receiver: Reference, bare: str, atom: Atom) -> Atom:
        """Layers that give raw scores whatever they get, or that forget what is known of their input."""
        before = tensor_of(atom)
        shape = None if bare in RESHAPING else before.shape
        if bare in DROPPING and before.space is Space.LOGITS:
            return before
        after = TensorFacts(dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
        return self._scores(machine, receiver, bare, after) if bare in NORMALISING else after

    def _scores(self, machine: Machine, receiver: Reference, bare: str, tensor: TensorFacts) -> TensorFacts:
        """The tensor as raw scores that a layer gives."""
        origin = machine.sites.get(receiver.number)
        steps = (TraceStep(origin.span, f"`nn.{bare}` gives raw scores"),) if origin else ()
        return replace(tensor, space=Space.LOGITS, operation=f"nn.{bare}", steps=steps)

    def _run_affine(
        self, machine: Machine, receiver: Reference, bare: str, constructed: Arguments, subject: Value
    ) -> Value:
        position, name, spatial = AFFINE[bare]
        size = constructed.get(position, name)
        number = size.single.value if size is not None and isinstance(size.single, Literally) else None
        channels = number if isinstance(number, int) else None

        def run(atom: Atom) -> Atom:
            before = tensor_of(atom).shape
            shape: tuple[int | None, ...] | None = None
            if spatial:
                shape = (None, channels, *(None,) * spatial)
            elif before:
                shape = (*before[:-1], channels)
            tensor = TensorFacts(dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
            return self._scores(machine, receiver, bare, tensor)

        return subject.under(machine.path).map(run)
