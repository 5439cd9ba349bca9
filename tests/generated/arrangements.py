"""Other shapes of the same values: views, indices, permutations."""

from __future__ import annotations

from tests.generated.choices import Choices
from tests.generated.parts import BATCH, HEIGHT, STEPS, WIDTH, Shape, Stage

Way = tuple[str, Shape, int]
"""An expression of ``{x}``, the shape of what it gives, and where its classes stand."""


def arrangement(choices: Choices, before: Stage, takes_classes: bool, flat: bool) -> Stage:
    """Another shape of the same values.

    takes_classes: whether the loss takes its classes in dimension 1; ``flat``: at most two dimensions.
    """
    shape = before.shape
    if len(shape) == 2:
        ways = _of_single(shape) if shape[1] == 1 else _of_rows(shape, flat)
        return Stage(*choices.pick("arrangement", ways, plain=0.3))
    ways, last = _of_images(shape) if len(shape) == 4 else _of_sequences(shape)
    if len(shape) == 3 and not takes_classes:
        ways = [last, *ways]
    chosen = choices.pick("arrangement", ways, plain=0.3)
    if takes_classes:
        chosen = choices.pick("mistake: arrangement", (chosen, last), plain=0.85)
    return Stage(*chosen)


def _of_single(shape: Shape) -> list[Way]:
    count = shape[0]
    flat = ("{x}.squeeze(1)", "{x}.squeeze(-1)", "{x}.squeeze()", "{x}.view(-1)", "{x}.flatten()")
    more = ("{x}[:, 0]", "{x}.reshape(-1)", "torch.squeeze({x}, dim=1)", "{x}.view({x}.size(0))")
    same = ("{x}.unsqueeze(-1).squeeze(1)", "{x}.view(-1, 1)")
    return [
        ("{x}", shape, 1),
        *((code, (count,), 0) for code in flat + more),
        *((code, shape, 1) for code in same),
    ]


def _of_rows(shape: Shape, flat: bool) -> list[Way]:
    same = (
        "{x}",
        f"{{x}}.view(-1, {shape[1]})",
        "{x}.unsqueeze(1).squeeze(1)",
        "{x}.t().t()",
        "{x}.reshape({x}.shape[0], -1)",
        "{x}[:, :, None][..., 0]",
        "{x}.flatten(1)",
        "{x}[: len({x})]",
        "torch.atleast_2d({x})",
    )
    ways: list[Way] = [(code, shape, 1) for code in same]
    if not flat:
        ways += [("{x}.unsqueeze(-1)", (*shape, 1), 1), ("{x}[:, :, None]", (*shape, 1), 1)]
    return ways


def _of_images(shape: Shape) -> tuple[list[Way], Way]:
    """The ways of (N, C, H, W), and the one that puts the classes last."""
    count, area = shape[1], HEIGHT * WIDTH
    ways: list[Way] = [
        ("{x}", shape, 1),
        ("{x}.flatten(2)", (BATCH, count, area), 1),
        (f"{{x}}.view({{x}}.size(0), {count}, -1)", (BATCH, count, area), 1),
        (f"{{x}}.permute(0, 2, 3, 1).reshape(-1, {count})", (BATCH * area, count), 1),
        ("{x}.movedim(1, -1).flatten(0, 2)", (BATCH * area, count), 1),
        ("{x}.mean(dim=(2, 3))", (BATCH, count), 1),
        ("{x}[:, :, 0, 0]", (BATCH, count), 1),
    ]
    return ways, ("{x}.permute(0, 2, 3, 1)", (BATCH, HEIGHT, WIDTH, count), 3)


def _of_sequences(shape: Shape) -> tuple[list[Way], Way]:
    """The ways of (N, T, C), and the one that leaves the classes last."""
    count, turned, rows = shape[-1], (BATCH, shape[-1], STEPS), (BATCH * STEPS, shape[-1])
    ways: list[Way] = [
        ("{x}.transpose(1, 2)", turned, 1),
        ("{x}.permute(0, 2, 1)", turned, 1),
        ("{x}.mT", turned, 1),
        ("torch.swapaxes({x}, 1, 2)", turned, 1),
        (f"{{x}}.reshape(-1, {count})", rows, 1),
        ("{x}.flatten(0, 1)", rows, 1),
        ("{x}.view(-1, {x}.size(-1))", rows, 1),
        ("{x}[:, -1]", (BATCH, count), 1),
        ("{x}[:, 0, :]", (BATCH, count), 1),
        ("{x}.mean(1)", (BATCH, count), 1),
    ]
    return ways, ("{x}", shape, 2)
