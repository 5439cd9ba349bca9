"""``guard`` and ``unguard``: the public face of the runtime half."""

from __future__ import annotations

import copy
import copyreg
from collections.abc import Callable, Sequence
from functools import cache, partial, update_wrapper
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar, cast

import torch
from torch import nn

from lossguard.contracts import BY_FUNCTION, Contract
from lossguard.runtime.enclosing import MARK, home
from lossguard.runtime.inspection import Inspector
from lossguard.runtime.kernels import straight
from lossguard.runtime.policy import Codes, OnViolation, Policy, mode, policy

if TYPE_CHECKING:
    from lossguard.runtime.graphs import GraphLook

T = TypeVar("T")

_HELD = ("weight", "pos_weight")
_is_compiling = torch.compiler.is_dynamo_compiling


def guard(
    criterion: T,
    *,
    on_violation: OnViolation = "raise",
    first: int = 10,
    every: int = 100,
    select: Codes | None = None,
    ignore: Codes | None = None,
    stagnation: int | None = None,
    in_graphs: bool = False,
) -> T:
    """Watch every call of a loss, and say so before torch does when its tensors break its contract.

    criterion: a loss of ``torch.nn``, a subclass of one or a module that holds some: the same object comes
        back, guarded. A loss function of ``torch.nn.functional``, or a ``functools.partial`` of one: a
        guarded callable comes back. What is guarded already stays as it is. Copies are guarded; a pickle is
        not, it loads without lossguard.
    on_violation: ``"raise"`` a ``LossGuardError``, ``"warn"``, ``"log"``, or a callable that takes the
        ``Diagnostic``. The environment variable ``LOSSGUARD`` (``off``, ``warn``, ``raise``) overrides it.
    first, every: dtypes, shapes, devices and where tensors come from are looked at in every call; values in
        the ``first`` calls and then in every ``every``-th; in every call those of ``CTCLoss`` on the CPU,
        which corrupts memory on wrong ones, and class indices on an accelerator, which asserts. What is on an
        accelerator is never waited for: it is told of at a later call.
    select, ignore: codes or prefixes of codes, all that are on by default. Every selected rule raises, the
        warnings among them too: ``ignore=["LG102"]`` allows ``log_softmax`` before cross-entropy, which is
        wasteful, not wrong.
    stagnation: warn (LG410), never raise, when the loss has stayed at the level of chance for so many calls;
        it has to be on the CPU.
    in_graphs: look at values inside the graphs of ``torch.compile`` as well, by an operator of our own in
        them; otherwise nothing of the guard is in a graph. Takes a loss module of an input and a target, and
        a torch that tells ``torch.export`` from compilation, which 2.6 does not.

    Raises ``TypeError`` for what is no loss of torch, ``TypeError`` or ``ValueError`` for wrong options.
    """
    if not isinstance(in_graphs, bool):
        raise TypeError(f"in_graphs is {in_graphs!r}: give True or False")
    if in_graphs and not hasattr(torch.compiler, "is_exporting"):
        raise ValueError(
            f"in_graphs needs torch.compiler.is_exporting, which torch {torch.__version__} lacks"
        )
    chosen = policy(on_violation, first, every, select, ignore, stagnation)
    if isinstance(criterion, nn.Module):
        losses = [module for module in criterion.modules() if home(type(module)) is not None]
        if not losses:
            raise TypeError(f"{type(criterion).__name__} is no loss of torch.nn, and holds none")
        if mode() != "off":
            for loss in losses:
                _attach(loss, chosen, in_graphs=in_graphs)
        return criterion
    if in_graphs:
        raise ValueError("in_graphs is for loss modules: guard one, or a module that holds some")
    if isinstance(criterion, GuardedFunction):
        return criterion
    if isinstance(criterion, partial):
        inner = _guarded_function(criterion.func, chosen)
        return cast("T", partial(inner, *criterion.args, **criterion.keywords))
    return cast("T", _guarded_function(criterion, chosen))


def unguard(criterion: T) -> T:
    """Undo ``guard``: the module is what it was, the function comes back; what is not guarded stays."""
    if isinstance(criterion, nn.Module):
        for module in criterion.modules():
            if (bare := getattr(type(module), MARK, None)) is not None:
                object.__setattr__(module, "__class__", bare)
        return criterion
    if isinstance(criterion, GuardedFunction):
        return cast("T", criterion.__wrapped__)
    if isinstance(criterion, partial) and isinstance(criterion.func, GuardedFunction):
        return cast("T", partial(criterion.func.__wrapped__, *criterion.args, **criterion.keywords))
    return criterion


class GuardedFunction:
    """A loss function that looks at its arguments first; a pickle of it loads without lossguard."""

    __wrapped__: Callable[..., object]
    __lossguard__ = True

    def __init__(self, function: Callable[..., object], contract: Contract, policy: Policy) -> None:
        update_wrapper(self, function)
        self._inspector = Inspector(contract, contract.functional, policy)

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Look at the arguments, then call the loss."""
        if _is_compiling() or self._inspector.passes(args, kwargs):
            return self.__wrapped__(*args, **kwargs)
        return self._inspector.attend(self.__wrapped__, None, args, kwargs)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce__(self) -> tuple[type[partial[object]], tuple[Callable[..., object]]]:
        return partial, (self.__wrapped__,)

    def __deepcopy__(self, memo: dict[int, object]) -> GuardedFunction:
        return self


def _guarded_function(function: object, policy: Policy) -> Callable[..., object]:
    if isinstance(function, GuardedFunction):
        return function
    contract = _functions().get(id(function))
    if contract is None or not callable(function):
        hint = "give an instance of it" if isinstance(function, type) else "guard the torch loss inside it"
        name = getattr(function, "__name__", repr(function))
        raise TypeError(f"{name} is no loss function of torch; {hint}")
    return function if mode() == "off" else GuardedFunction(function, contract, policy)


@cache
def _functions() -> dict[int, Contract]:
    found = {}
    for dotted, contract in BY_FUNCTION.items():
        module, _, name = dotted.rpartition(".")
        function = getattr(import_module(module), name, None)
        if function is not None:
            found[id(function)] = contract
    return found


def _attach(loss: nn.Module, policy: Policy, *, in_graphs: bool) -> None:
    cls = type(loss)
    if getattr(cls, MARK, None) is None:
        object.__setattr__(loss, "__class__", _guarded_class(loss, policy, in_graphs=in_graphs))


def _guarded_class(loss: nn.Module, policy: Policy, *, in_graphs: bool) -> type[nn.Module]:
    """Derive a class that looks at the calls of torch's own ``forward``.

    Where a subclass overrides ``forward``, the look goes between it and torch: what it passes on counts.
    """
    cls = type(loss)
    found = home(cls)
    if found is None:
        raise TypeError(f"{cls.__name__} is no loss of torch.nn")
    origin, contract = found
    inspector = Inspector(contract, contract.call, policy)
    seen = None
    if in_graphs:
        from lossguard.runtime.graphs import GraphLook

        seen = GraphLook(Inspector(contract, contract.call, policy), loss, contract.name)
    looking = {"forward": _looking(origin, inspector, seen)}
    ours = {
        MARK: cls,
        **_identity(cls),
        **_upkeep(cls, (inspector,) if seen is None else (inspector, seen.inspector)),
        **_copying(cls, policy, in_graphs=in_graphs),
    }
    ours |= {name: Held(name) for name in _HELD if not hasattr(cls, name)}
    if cls is origin:
        return _derived(cls, (cls,), {**looking, **ours})
    between = _derived(origin, (origin,), {**looking, **_identity(origin)})
    return _derived(cls, (cls, between), ours)


class Held:
    """A buffer of a loss, found without ``Module.__getattr__``, which takes longer than all of our look.

    Not a data descriptor: what is set on the module itself counts first, and what is no buffer is looked for
    as it always is.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, module: nn.Module | None, _: type | None = None) -> object:
        if module is None:
            raise AttributeError(self._name)
        try:
            return module._buffers[self._name]
        except KeyError:
            raise AttributeError(self._name) from None


def _derived(cls: type[nn.Module], bases: tuple[type, ...], namespace: dict[str, object]) -> type[nn.Module]:
    metaclass: Callable[..., type[nn.Module]] = type(cls)
    return metaclass(cls.__name__, bases, namespace)


def _identity(cls: type) -> dict[str, object]:
    return {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}


def _looking(origin: type[nn.Module], inspector: Inspector, seen: GraphLook | None) -> Callable[..., object]:
    bare = cast("FunctionType", origin.forward)
    names = [parameter.name for parameter in inspector.parameters]
    if names == ["input", "target"]:
        forward = _pair_forward(bare, inspector, bare if seen is None else _forward_in_graphs(bare, seen))
    elif seen is None:
        forward = _any_forward(bare, inspector)
    else:
        raise ValueError(f"in_graphs is for losses of an input and a target; {origin.__name__} takes others")
    # torch.jit.script compiles the source of what is wrapped, with the names of the function it is given.
    at_home = FunctionType(forward.__code__, bare.__globals__, "forward", None, forward.__closure__)
    return update_wrapper(at_home, bare)


def _any_forward(bare: FunctionType, inspector: Inspector) -> FunctionType:
    is_compiling = torch.compiler.is_dynamo_compiling

    def forward(self: nn.Module, *args: object, **kwargs: object) -> object:
        if is_compiling() or inspector.passes(args, kwargs):
            return bare(self, *args, **kwargs)
        return inspector.attend(bare.__get__(self), self, args, kwargs)

    return cast("FunctionType", forward)


def _forward_in_graphs(bare: FunctionType, seen: GraphLook) -> FunctionType:
    from lossguard.runtime.graphs import look

    is_exporting = torch.compiler.is_exporting

    def forward(self: nn.Module, input: torch.Tensor, target: torch.Tensor) -> object:  # noqa: A002
        if is_exporting() or target.requires_grad:
            return bare(self, input, target)
        return bare(self, input, look(input.detach(), target, seen.key))

    return cast("FunctionType", forward)


def _pair_forward(bare: FunctionType, inspector: Inspector, traced: FunctionType) -> FunctionType:
    """Write the ``forward`` of most losses, which is all that a right call costs, in one stretch."""
    is_compiling, plain, tally = torch.compiler.is_dynamo_compiling, torch.Tensor, inspector.tally
    to_kernel = straight(inspector.contract, bare)

    def forward(self: nn.Module, input: torch.Tensor, target: torch.Tensor) -> object:  # noqa: A002
        if is_compiling():
            return traced(self, input, target)
        tally.calls = calls = tally.calls + 1
        if calls <= inspector.due:
            if (
                type(input) is plain
                and type(input.grad_fn) is inspector.node
                and inspector.alike(input, target)
            ):
                return (to_kernel if inspector.is_even else bare)(self, input, target)
            if inspector.knows((input, target), {}):
                return bare(self, input, target)
        return inspector.attend(bare.__get__(self), self, (input, target), {})

    return cast("FunctionType", forward)


def _upkeep(cls: type[nn.Module], inspectors: Sequence[Inspector]) -> dict[str, object]:
    """Forget what is known to be right whenever the module changes."""
    bare: Any = cls

    def __setattr__(self: nn.Module, name: str, value: object) -> None:  # noqa: N807
        bare.__setattr__(self, name, value)
        for inspector in inspectors:
            inspector.forget()

    def _apply(self: nn.Module, *args: object, **kwargs: object) -> object:
        for inspector in inspectors:
            inspector.forget()
        return bare._apply(self, *args, **kwargs)

    return {"__setattr__": __setattr__, "_apply": _apply}


def _copying(cls: type[nn.Module], policy: Policy, *, in_graphs: bool) -> dict[str, object]:
    """Pickle as the bare class, copy as a guarded one."""

    def bare(value: object) -> object:
        return cls if isinstance(value, type) and getattr(value, MARK, None) is cls else value

    def __reduce_ex__(self: nn.Module, protocol: SupportsIndex) -> str | tuple[object, ...]:  # noqa: N807
        reduced = cls.__reduce_ex__(self, protocol)
        if isinstance(reduced, str):
            return reduced
        make, arguments, *rest = reduced
        if make is copyreg.__newobj__:  # type: ignore[attr-defined]
            return copyreg._reconstructor, (cls, object, None), *rest  # type: ignore[attr-defined]
        return bare(make), tuple(bare(argument) for argument in arguments), *rest

    def twin(self: nn.Module, memo: dict[int, object] | None) -> nn.Module:
        make, arguments, *rest = cast("tuple[Any, ...]", __reduce_ex__(self, 4))
        made = make(*arguments)
        state = rest[0] if rest else None
        if memo is not None:
            memo[id(self)] = made
            state = copy.deepcopy(state, memo)
        if state is not None:
            made.__setstate__(state)
        _attach(made, policy, in_graphs=in_graphs)
        return cast("nn.Module", made)

    def __copy__(self: nn.Module) -> nn.Module:  # noqa: N807
        return twin(self, None)

    def __deepcopy__(self: nn.Module, memo: dict[int, object]) -> nn.Module:  # noqa: N807
        return twin(self, memo)

    copies = {"__copy__": __copy__, "__deepcopy__": __deepcopy__}
    return {"__reduce_ex__": __reduce_ex__} | {k: v for k, v in copies.items() if not hasattr(cls, k)}
