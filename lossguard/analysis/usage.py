"""What a parameter must be, told from how it is used: a module of the one class with the methods asked of it.

A training function often gets its model from where nobody can see: a configuration, a registry, another
repository. If it calls the model, and calls methods of it that only one class of its own file has, then that
class is what it was written for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def classes_by_usage(function: Unit, classes: Sequence[Unit]) -> Mapping[str, Unit]:
    """The class of each parameter of a function that can be one of these classes only, by its name."""
    methods = [(each, _own_methods(each)) for each in classes]
    if all(function.identifiers.isdisjoint(names) for _, names in methods):
        return {}
    found = {}
    for name in function.parameters:
        asked = function.called_on(name)
        telling = asked - _COMMON - {""}
        owners = [each for each, names in methods if telling and telling <= names]
        if "" in asked and len(owners) == 1:
            found[name] = owners[0]
    return found


def _own_methods(class_: Unit) -> frozenset[str]:
    names = {member.name for member in class_.members if member.kind == "function"}
    return frozenset(name for name in names if not name.startswith("__")) - _COMMON
