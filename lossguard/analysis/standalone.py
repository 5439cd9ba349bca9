"""Which global variables of a module can be had by evaluating one statement of it.

The value of ``MODELS`` after the import of a module is what its statement says, unless something else that
runs at the import changes it: another statement, a decorator, a class body, or a function that one of these
may call. Whoever asks for one name of a long module need not evaluate the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from lossguard.analysis.index import ModuleIndex, Unit

_LISTS_THE_PUBLIC_NAMES = "__all__"


def standalone(module: ModuleIndex) -> dict[str, Unit]:
    """For each name that a single statement of ``module`` settles, that statement."""
    at_import = [unit for unit in module.units if _LISTS_THE_PUBLIC_NAMES not in unit.binds]
    bound = Counter(name for unit in at_import for name in unit.binds)
    touched = {name for unit in at_import for name in _may_change(unit)}
    touched |= _called({name for unit in at_import for name in unit.mentioned_at_import}, module)
    settled = {
        name: unit for unit in at_import for name in unit.binds if bound[name] == 1 and name not in touched
    }
    aliases = [unit for unit in at_import if unit.binds and not unit.binds <= settled.keys()]
    while aliases:
        given_away = aliases.pop().mentioned_at_import & settled.keys()
        aliases.extend([settled.pop(name) for name in given_away])
    return {**settled, **module.constants}


def _may_change(unit: Unit) -> AbstractSet[str]:
    """The names whose values a statement may change; a plain assignment changes what it hands to a call."""
    return unit.uses - unit.binds if unit.binds else unit.mentioned_at_import


def _called(names: Iterable[str], module: ModuleIndex) -> frozenset[str]:
    """What the functions and classes mention that may be called at the import."""
    waiting = list(names)
    found: set[str] = set()
    while waiting:
        unit = module.definitions.get(waiting.pop())
        if unit is not None:
            new = unit.identifiers - found
            found |= new
            waiting.extend(new)
    return frozenset(found)
