"""The loss functions that stand in ``torch`` itself: other positions than in ``torch.nn.functional``.

Their ``reduction`` is a number: 0 for none, 1 for the mean, 2 for the sum.
"""

from __future__ import annotations

from msgspec.structs import replace

from lossguard.contracts import classification, regression
from lossguard.contracts.schema import Contract, Parameter
from lossguard.contracts.signatures import keyword_only, parameters


def _native(contract: Contract, name: str, functional: tuple[Parameter, ...]) -> Contract:
    return replace(contract, function=f"torch.{name}", functional=functional)


NATIVE = (
    _native(
        classification.BCE_WITH_LOGITS,
        "binary_cross_entropy_with_logits",
        parameters("input", "target", weight=None, pos_weight=None, reduction=1),
    ),
    _native(
        classification.CTC,
        "ctc_loss",
        parameters(
            "log_probs",
            "targets",
            "input_lengths",
            "target_lengths",
            blank=0,
            reduction=1,
            zero_infinity=False,
        ),
    ),
    _native(
        regression.KL_DIV,
        "kl_div",
        parameters("input", "target", reduction=1) + keyword_only(log_target=False),
    ),
    _native(
        regression.POISSON_NLL,
        "poisson_nll_loss",
        parameters("input", "target", "log_input", "full", "eps", "reduction"),
    ),
    _native(
        regression.HINGE_EMBEDDING,
        "hinge_embedding_loss",
        parameters("input", "target", margin=1.0, reduction=1),
    ),
    _native(
        regression.COSINE_EMBEDDING,
        "cosine_embedding_loss",
        parameters("input1", "input2", "target", margin=0.0, reduction=1),
    ),
    _native(
        regression.MARGIN_RANKING,
        "margin_ranking_loss",
        parameters("input1", "input2", "target", margin=0.0, reduction=1),
    ),
    _native(
        regression.TRIPLET_MARGIN,
        "triplet_margin_loss",
        parameters("anchor", "positive", "negative", margin=1.0, p=2.0, eps=1e-6, swap=False, reduction=1),
    ),
)
