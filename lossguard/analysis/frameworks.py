"""What frameworks on top of torch do with models and criteria: data."""

from __future__ import annotations

NOT_MODULES: tuple[str, ...] = (
    "builtins.",
    "abc.",
    "enum.",
    "typing.",
    "types.",
    "argparse.",
    "collections.",
    "dataclasses.",
    "torch.utils.data.",
    "torch.optim.",
    "torch.autograd.",
    "unittest.",
)
"""Where base classes come from that make no module of a class."""


def is_module_base(base: str) -> bool:
    """Whether a class outside the project may make a ``torch.nn.Module`` of what derives from it."""
    return not base.startswith(NOT_MODULES)
