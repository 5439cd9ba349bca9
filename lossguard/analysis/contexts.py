"""Context managers of torch: which modes they set, and what is in force where a program is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lossguard.analysis.domain import (
    Atom,
    External,
    Literally,
    Reference,
    Value,
    constant,
    of,
)
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.facts import Cut, TensorFacts

GRADIENT = "gradient"
AUTOCAST = "autocast"

_RECORDING: Mapping[str, bool | None] = MappingProxyType(
    {
        f"torch.{package}{name}": records
        for package in ("", "autograd.", "autograd.grad_mode.")
        for name, records in (
            ("no_grad", False),
            ("inference_mode", False),
            ("enable_grad", True),
            ("set_grad_enabled", None),
        )
    }
)
"""Whether torch records gradients inside a manager that is given no argument."""

_AUTOCAST: Mapping[str, tuple[str | None, int]] = MappingProxyType(
    {
        "torch.autocast": (None, 2),
        "torch.amp.autocast": (None, 2),
        "torch.amp.autocast_mode.autocast": (None, 2),
        "torch.cuda.amp.autocast": ("cuda", 0),
        "torch.cuda.amp.autocast_mode.autocast": ("cuda", 0),
        "torch.cpu.amp.autocast": ("cpu", 0),
        "torch.cpu.amp.autocast_mode.autocast": ("cpu", 0),
    }
)
"""The device whose tensors a manager converts, None where its argument says so; where ``enabled`` is."""

_SILENT = frozenset(
    [
        "contextlib.nullcontext",
        "contextlib.suppress",
        "contextlib.closing",
        "contextlib.redirect_stdout",
        "contextlib.redirect_stderr",
        "contextlib.ExitStack",
        "torch.profiler.record_function",
        "torch.autograd.profiler.record_function",
        "torch.autograd.set_detect_anomaly",
        "torch.autograd.detect_anomaly",
        "torch.cuda.device",
        "torch.cuda.stream",
    ]
)
"""Managers that set no mode."""


def manager(machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
    """Make a context manager; None where no manager of this name is known."""
    if name not in _RECORDING and name not in _AUTOCAST and name not in _SILENT:
        return None
    reference = machine.allocate("object", site, External(name))
    for key, value in _settings(name, arguments).items():
        machine.heap.set((reference.number, key), value)
    if name.endswith("set_grad_enabled"):
        machine.set_mode(GRADIENT, of(reference))
    return of(reference)


def _settings(name: str, arguments: Arguments) -> Mapping[str, Value]:
    """What a manager is given, as far as it decides about a mode."""
    if name in _RECORDING:
        mode = arguments.get(0, "mode")
        if mode is None:
            return {}
        return {"records": mode.map(_negated) if name.endswith("inference_mode") else mode}
    if name not in _AUTOCAST:
        return {}
    device, position = _AUTOCAST[name]
    devices = constant(device) if device else arguments.get(0, "device_type")
    enabled = arguments.get(position, "enabled")
    if enabled is None and not arguments.open:
        enabled = constant(True)
    found = {"devices": devices, "enabled": enabled}
    return {key: value for key, value in found.items() if value is not None}


def _negated(atom: Atom) -> Atom:
    return Literally(not atom.value) if isinstance(atom, Literally) else atom


def governs(machine: Machine, manager: Atom) -> frozenset[str] | None:
    """The modes that a manager sets, or a class of managers; None where it may set any."""
    match manager:
        case External(name) if name not in _AUTOCAST:
            return frozenset({GRADIENT} if _RECORDING.get(name) is not None else ())
        case Reference(type=External(name)) if name in _RECORDING:
            return frozenset({GRADIENT})
        case Reference(type=External(name)) if name in _AUTOCAST:
            return frozenset() if _devices(machine, manager) == {"cpu"} else frozenset({AUTOCAST})
        case Reference(type=External(name)) if name in _SILENT:
            return frozenset()
        case TensorFacts() | Literally():
            return frozenset()
    return None


def autocast(machine: Machine) -> bool | None:
    """Whether autocast converts tensors on a CUDA device; None where that is not known."""
    found = {_converts(machine, manager) for manager in machine.mode(AUTOCAST)}
    return found.pop() if len(found) == 1 else None


def _converts(machine: Machine, manager: Reference | None) -> bool | None:
    if manager is None or None in _devices(machine, manager):
        return None
    return _setting(machine, manager, "enabled")


def unrecorded(machine: Machine) -> Cut | None:
    """Why torch surely records no gradient here; None where it may."""
    found = [_stopped(machine, manager) for manager in machine.mode(GRADIENT)]
    return None if None in found else found[0]


def _stopped(machine: Machine, manager: Reference | None) -> Cut | None:
    if manager is None or not isinstance(manager.type, External):
        return None
    name = manager.type.name
    given = machine.heap.get((manager.number, "records")) is not None
    records = _setting(machine, manager, "records") if given else _RECORDING[name]
    if records is not False:
        return None
    return Cut(name.rpartition(".")[2], machine.sites[manager.number].span, deliberate=True)


def _devices(machine: Machine, manager: Reference) -> set[object]:
    """The types of the devices for which autocast may be; None among them for one that is not known."""
    devices = machine.heap.get((manager.number, "devices"))
    values = (
        [atom.value if isinstance(atom, Literally) else None for atom in devices.atoms] if devices else []
    )
    return {value.partition(":")[0] if isinstance(value, str) else None for value in values or [None]}


def _setting(machine: Machine, manager: Reference, key: str) -> bool | None:
    value = machine.heap.get((manager.number, key))
    atom = value.under(machine.path).single if value is not None else None
    return bool(atom.value) if isinstance(atom, Literally) else None
