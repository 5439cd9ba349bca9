"""What a parameter must be, told from how it is used: a module of the one class with the methods asked of it.

A training function often gets its model from where nobody can see: a configuration, a registry, another
repository. If it calls the model, and calls methods of it that only one class of its own file has, then that
class is what it was written for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lossguard.analysis.index import Unit

_WORDS: Final = """
add add_module append apply backward bfloat16 buffers build call callback children clear clone close compile
compute copy cpu cuda detach double eval evaluate extend extra_repr fit float forward get get_buffer
get_parameter get_submodule half init initialize insert items keys load load_state_dict log modules
named_buffers named_children named_modules named_parameters next parameters pop predict register_buffer
register_forward_hook register_module register_parameter requires_grad_ reset run save setup share_memory
start state_dict step stop to to_empty train transform type update values xpu zero_grad
"""
_COMMON: Final = frozenset(_WORDS.split())
"""Methods of every ``torch.nn.Module``, and names so common that they say nothing of a class."""


def telling_methods(units: Iterable[Unit]) -> Mapping[str, tuple[Unit, ...]]:
    """The classes among these units that have a method, by its name; no name that says nothing of them."""
    found: dict[str, tuple[Unit, ...]] = {}
    for unit in units:
        names = {member.name for member in unit.members if member.kind == "function"} - _COMMON
        for name in names if unit.kind == "class" else ():
            if not name.startswith("__"):
                found[name] = (*found.get(name, ()), unit)
    return found


def classes_by_usage(
    function: Unit, methods: Mapping[str, tuple[Unit, ...]], given: int = 0
) -> Mapping[str, Unit]:
    """The class of each parameter of a function that can be one class only, by its name.

    methods: the ``telling_methods`` of the file. given: how many parameters are known, the first ones.
    """
    if methods.keys().isdisjoint(function.identifiers):
        return {}
    found = {}
    for name in function.parameters[given:]:
        asked = function.called_on(name)
        owners = [frozenset(methods.get(each, ())) for each in asked - _COMMON - {""}]
        common = frozenset.intersection(*owners) if owners and "" in asked else ()
        if len(common) == 1:
            (found[name],) = common
    return found
