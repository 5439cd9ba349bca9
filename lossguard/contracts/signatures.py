"""Signatures, written as calls."""

from __future__ import annotations

from lossguard.contracts.schema import Parameter


def parameters(*required: str, **defaults: object) -> tuple[Parameter, ...]:
    """Parameters in order: those without a default, then those with one."""
    return (
        *(Parameter(name) for name in required),
        *(Parameter(name, default) for name, default in defaults.items()),
    )


def keyword_only(**defaults: object) -> tuple[Parameter, ...]:
    """Parameters that take keywords only."""
    return tuple(Parameter(name, default, keyword_only=True) for name, default in defaults.items())
