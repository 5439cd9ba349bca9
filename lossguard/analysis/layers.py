"""What the layers of ``torch.nn`` do to the tensor that they are called with."""

from __future__ import annotations

from lossguard.analysis import layer_shapes
from lossguard.analysis.domain import Atom, Items, Reference, Symbol, Unknown, Value, constant, of
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.layer_table import (
    AFFINE,
    DROPPING,
    EMBEDDING,
    MODULE_ARGUMENTS,
    MODULES,
    NORMALISING,
    PLAIN_LAYERS,
    RECURRENT,
    RESHAPING,
    RESIZING,
)
from lossguard.analysis.semantics import tensor_of
from lossguard.analysis.shapes import Sizes
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
            return subject.under(machine.path).map(
                lambda atom: self._plain(machine, receiver, bare, constructed, atom)
            )
        if bare in RECURRENT:
            return subject.under(machine.path).map(lambda atom: _recurrent(bare, constructed, atom))
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
            return atom.replace(operation=f"nn.{bare}", steps=(step,), mixed=False)

        return result.map(named)

    def _plain(
        self, machine: Machine, receiver: Reference, bare: str, constructed: Arguments, atom: Atom
    ) -> Atom:
        """Layers that give raw scores whatever they get, or that forget what is known of their input."""
        before = tensor_of(atom)
        if bare in DROPPING and before.space is Space.LOGITS:
            return self._scores(machine, receiver, bare, before)
        shape: Sizes = None
        features = None
        if bare in EMBEDDING:
            shape = layer_shapes.embedded(bare, constructed, before.shape)
        elif bare in RESIZING:
            shape = None if before.shape is None else (None,) * len(before.shape)
        elif bare not in RESHAPING:
            shape, features = before.shape, before.features
        after = TensorFacts(features=features, dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
        return self._scores(machine, receiver, bare, after) if bare in NORMALISING else after

    def _scores(self, machine: Machine, receiver: Reference, bare: str, tensor: TensorFacts) -> TensorFacts:
        """The tensor as raw scores that a layer gives."""
        origin = machine.sites.get(receiver.number)
        steps = (TraceStep(origin.span, f"`nn.{bare}` gives raw scores"),) if origin else ()
        return tensor.replace(space=Space.LOGITS, operation=f"nn.{bare}", steps=steps, mixed=False)

    def _run_affine(
        self, machine: Machine, receiver: Reference, bare: str, constructed: Arguments, subject: Value
    ) -> Value:
        def run(atom: Atom) -> Atom:
            before = tensor_of(atom).shape
            shape, features = layer_shapes.affine(machine, bare, constructed, before, *AFFINE[bare])
            tensor = TensorFacts(features=features, dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
            return self._scores(machine, receiver, bare, tensor)

        return subject.under(machine.path).map(run)


def _recurrent(bare: str, constructed: Arguments, atom: Atom) -> Atom:
    """The output and the state, or for attention the weights."""
    made = TensorFacts(dtype=DType.FLOAT, source=Source.MODEL)
    given = tensor_of(atom)
    before = given.shape
    if bare == "MultiheadAttention":
        weights = Unknown(Symbol("weights", (atom,)), "the weights of an attention layer")
        return Items((of(made.replace(shape=before)), of(weights)))
    output, state = layer_shapes.recurrent(bare, constructed, before)
    hidden = of(made.replace(shape=state))
    cells = of(made.replace(shape=state if "proj_size" not in constructed.keywords else None))
    made = made.replace(shape=output, packed=given.packed or before is None)
    return Items((of(made), of(Items((hidden, cells))) if bare == "LSTM" else hidden))
