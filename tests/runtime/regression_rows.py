"""The losses over real values and distributions, over pairs, triplets and sequences."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.runtime.semantics import (
    RIGHT,
    C,
    Case,
    Later,
    N,
    Verdict,
    binary,
    case,
    classes,
    filled,
    leaf,
    log_softmax,
    one_hot,
    rows_of,
    scores,
    signs,
    soft,
    softmax,
    to,
)

_NAN = float("nan")
_F16, _BF16, _F64, _I64 = torch.float16, torch.bfloat16, torch.float64, torch.int64

_kl = rows_of(nn.KLDivLoss)
_batchmean = partial(_kl, reduction="batchmean")
KL_DIVERGENCE = [
    _batchmean("OK log-probs/probs batchmean", RIGHT, log_softmax, soft),
    _kl("default reduction=mean", "LG307", log_softmax, soft),
    case(
        "KLDivLoss",
        "F.kl_div default reduction",
        "LG307",
        lambda: functional.kl_div,
        log_softmax,
        soft,
    ),
    _batchmean("probs as input (not log)", "LG107", softmax, soft),
    _batchmean("raw logits as input", "LG107", scores, soft),
    _batchmean("log-probs as target, log_target=False", "LG207", log_softmax, lambda: soft().log()),
    _batchmean("logits as target, log_target=False", "LG207", log_softmax, lambda: torch.randn(N, C)),
    _batchmean("probs as target, log_target=True", "LG207", log_softmax, soft, log_target=True),
    _batchmean(
        "logits target, log_target=True",
        "LG207",
        log_softmax,
        partial(torch.randn, N, C),
        log_target=True,
    ),
    _batchmean("swapped (probs first, log-probs second)", "LG301", soft, log_softmax),
    _batchmean(
        "swapped p||q both log log_target=True", RIGHT, lambda: soft().log(), log_softmax, log_target=True
    ),
    _batchmean("softmax over wrong dim", "LG108", lambda: scores().log_softmax(0), soft),
    _batchmean("class-index target [N] int64", "LG207", log_softmax, classes),
    _batchmean("int64 one-hot target", "LG207", log_softmax, one_hot),
    _batchmean("[N,C] vs [N,1]", "LG304", log_softmax, partial(binary, N, 1)),
    _batchmean("target float64", RIGHT, log_softmax, to(soft, _F64)),
    _batchmean("target requires grad", RIGHT, log_softmax, softmax),
    _batchmean("zero input prob (-inf log-prob)", "LG402", filled(log_softmax, -math.inf), soft),
    _batchmean(
        "input -inf, target 0",
        "LG402",
        filled(log_softmax, -math.inf),
        lambda: one_hot().float().flip(1),
    ),
    _batchmean(
        "class-index target [N] with N==C broadcast",
        "LG207",
        partial(log_softmax, C, C),
        lambda: classes(C).float(),
    ),
    _batchmean(
        "batchmean on [N,T,C] divides by N only",
        RIGHT,
        lambda: scores(4, 7, C).log_softmax(2),
        lambda: torch.randn(4, 7, C).softmax(2),
    ),
    _batchmean("empty", "LG406", lambda: scores(0, C).log_softmax(1), partial(torch.rand, 0, C)),
    _batchmean(
        "batchmean on unbatched 1-D (divides by C)", RIGHT, lambda: leaf(C).log_softmax(0), lambda: soft()[0]
    ),
]


def _elementwise(loss: type[nn.Module], function: Any) -> list[Case]:
    row = rows_of(loss)
    huber = loss is nn.HuberLoss
    odd: Verdict = "LG203" if huber else RIGHT
    broadcast = "LG304"
    column = partial(scores, N, 1)
    values = partial(torch.randn, N, C)
    return [
        row("OK", RIGHT, scores, values),
        row("[N,1] vs [N] -> broadcast [N,N]", broadcast, column, partial(torch.randn, N)),
        row("[N] vs [N,1]", broadcast, lambda: column()[:, 0], partial(torch.randn, N, 1)),
        row("[N,1] vs [N], N=1 (numel 1)", RIGHT, partial(scores, 1, 1), partial(torch.randn, 1)),
        row("[N,C] vs [C]", RIGHT, scores, partial(torch.randn, C)),
        row("[N,C] vs [1,C]", RIGHT, scores, partial(torch.randn, 1, C)),
        row("[N] vs scalar tensor ()", RIGHT, lambda: column()[:, 0], partial(torch.tensor, 1.0)),
        row("[N,C] vs [N]  (class idx)", broadcast, scores, lambda: classes().float()),
        case(
            loss.__name__,
            "F form [N,1] vs [N]",
            broadcast,
            lambda: function,
            column,
            partial(torch.randn, N),
        ),
        row(
            "bool target",
            "LG203" if loss in (nn.L1Loss, nn.HuberLoss) else RIGHT,
            scores,
            to(binary, torch.bool),
        ),
        row("int input and int target", "LG305", classes, classes),
        row(
            "complex",
            RIGHT if loss is nn.L1Loss else "LG203",
            *(lambda: leaf() + 0j, lambda: values() + 0j),
        ),
        row("int64 target", odd, scores, to(values, _I64)),
        row("int64 target, fp16 input", odd, to(scores, _F16), to(values, _I64)),
        row("uint8 target (image 0..255)", odd, scores, partial(torch.full, (N, C), 7, dtype=torch.uint8)),
        row("float64 target (numpy default)", odd, scores, to(values, _F64)),
        row("fp16 input, fp32 target", odd, to(scores, _F16), values),
        row(
            "fp16 overflow (300**2)",
            "LG402" if loss is nn.MSELoss else RIGHT,
            lambda: leaf().half() * 0 + 300,
            lambda: values().half() * 0,
        ),
        row("swapped", RIGHT, values, scores),
        row("python float target", "LG309", scores, 1.0),
        row("NaN target", "LG402", scores, filled(values, _NAN)),
        row("empty", "LG406", partial(scores, 0, C), partial(torch.randn, 0, C)),
        row("N mismatch", "LG406", lambda: column()[:, 0], partial(torch.randn, 7)),
    ]


FUNCTIONS = [
    case(
        "MSELoss",
        "weight kw (2.13) wrong shape",
        "LG407",
        lambda: partial(functional.mse_loss, weight=torch.ones(C)),  # type: ignore[call-arg]
        scores,
        partial(torch.randn, N, C),
    ),
    case("MSELoss", "softmax probs vs one-hot int64 (Brier)", RIGHT, nn.MSELoss, softmax, one_hot),
    case("SmoothL1Loss", "beta=-1", "LG309", lambda: nn.SmoothL1Loss(beta=-1), scores, torch.ones(N, C)),
    case("HuberLoss", "delta=0", "LG309", lambda: nn.HuberLoss(delta=0), scores, torch.ones(N, C)),
]

_soft_margin, _hinge = rows_of(nn.SoftMarginLoss), rows_of(nn.HingeEmbeddingLoss)
_vector = partial(leaf, N)
SIGNED = [
    _soft_margin("OK +-1", RIGHT, _vector, signs),
    _soft_margin("0/1 target", "LG206", _vector, partial(binary, N)),
    _soft_margin("int64 +-1", RIGHT, _vector, to(signs, _I64)),
    _soft_margin("[N,1] vs [N]", "LG304", partial(leaf, N, 1), signs),
    _soft_margin("sigmoid input", RIGHT, lambda: _vector().sigmoid(), signs),
    _soft_margin(
        "large margin overflow (y*x=-100)", "LG402", lambda: leaf(N) * 0 - 100, partial(torch.ones, N)
    ),
    _hinge("OK +-1", RIGHT, _vector, signs),
    _hinge(
        "0/1 target: y=0 row contributes x + clamp(margin-x)?",
        "LG206",
        partial(leaf, 1),
        partial(torch.zeros, 1),
        reduction="none",
    ),
    _hinge("0/1 target", "LG206", _vector, partial(binary, N)),
    _hinge("int64 target +-1", RIGHT, _vector, to(signs, _I64)),
    _hinge("[N,1] vs [N]", "LG304", partial(leaf, N, 1), signs),
]

_ranking, _cosine = rows_of(nn.MarginRankingLoss), rows_of(nn.CosineEmbeddingLoss)
_column = partial(leaf, N, 1)
PAIRS = [
    _ranking("OK", RIGHT, _vector, _vector, signs),
    _ranking("0/1 target", "LG206", _vector, _vector, partial(binary, N)),
    _ranking("[N,1],[N,1] vs [N]", "LG304", _column, _column, signs),
    _ranking("[N,1],[N] ,[N]", "LG304", _column, _vector, signs),
    _ranking("int64", RIGHT, _vector, _vector, to(signs, _I64)),
    _ranking("scalar y tensor([1.])", RIGHT, _vector, _vector, partial(torch.ones, 1)),
    _ranking("scalar y tensor(1.) 0-d", "LG304", _vector, _vector, partial(torch.tensor, 1.0)),
    _ranking("input2 swapped", RIGHT, _vector, _vector, signs),
    _cosine("OK", RIGHT, leaf, leaf, signs),
    _cosine("0/1 target", "LG206", leaf, leaf, partial(binary, N)),
    _cosine("0/1 target all zeros", "LG206", leaf, leaf, partial(torch.zeros, N)),
    _cosine("class idx target", "LG206", leaf, leaf, lambda: classes() + 2),
    _cosine("target [N,1]", "LG204", leaf, leaf, partial(signs, N, 1)),
    _cosine("target [1]", RIGHT, leaf, leaf, partial(torch.ones, 1)),
    _cosine("target int64 +-1", RIGHT, leaf, leaf, to(signs, _I64)),
    _cosine("1-D inputs", RIGHT, partial(leaf, C), partial(leaf, C), partial(torch.tensor, 1.0)),
]

_triplet = rows_of(nn.TripletMarginLoss)
TRIPLETS = [
    _triplet("OK", RIGHT, leaf, leaf, leaf),
    _triplet("swapped positive/negative", RIGHT, leaf, leaf, leaf),
    _triplet("N mismatch", "LG406", leaf, leaf, partial(leaf, 7, C)),
    _triplet("negative [1,C] broadcast", RIGHT, leaf, leaf, partial(leaf, 1, C)),
    _triplet("labels as third arg", Later("LG302"), leaf, leaf, classes),
    _triplet("anchor is positive (same tensor)", RIGHT, leaf, leaf, leaf),
    case(
        "TripletMarginWithDistanceLoss",
        "similarity given as distance (cosine_similarity)",
        "LG309",
        lambda: nn.TripletMarginWithDistanceLoss(distance_function=functional.cosine_similarity),
        *(leaf, leaf, leaf),
    ),
    _triplet("1-D", RIGHT, partial(leaf, C), partial(leaf, C), partial(leaf, C)),
]

_gaussian, _poisson = rows_of(nn.GaussianNLLLoss), rows_of(nn.PoissonNLLLoss)
_variance = partial(torch.ones, N, C)
LIKELIHOODS = [
    _gaussian("OK", RIGHT, leaf, leaf, _variance),
    _gaussian("log-variance as var (negative)", "LG111", leaf, leaf, lambda: -_variance()),
    _gaussian("std as var", RIGHT, leaf, leaf, _variance),
    _gaussian("[N,1] vs [N]", "LG304", _column, _vector, partial(torch.ones, N, 1)),
    _gaussian("var [N] input [N,1]", RIGHT, _column, _column, partial(torch.ones, N)),
    _gaussian("var scalar python", RIGHT, leaf, leaf, 1.0),
    _gaussian("log-variance as var all positive", RIGHT, leaf, leaf, _variance),
    _gaussian("swapped target/var", Later("LG301"), leaf, _variance, leaf),
    _gaussian("NaN var", "LG402", leaf, leaf, filled(_variance, _NAN)),
    _gaussian("var zero", RIGHT, leaf, leaf, lambda: _variance() * 0),
    _poisson("OK log_input=True", RIGHT, leaf, lambda: classes(N, C).float()),
    _poisson(
        "rate (softplus/exp/relu) input with log_input=True",
        "LG111",
        lambda: scores().exp(),
        lambda: classes(N, C).float(),
    ),
    _poisson("negative target", "LG403", leaf, lambda: -classes(N, C).float()),
    _poisson(
        "relu rate log_input=False exact 0",
        RIGHT,
        lambda: scores().relu(),
        partial(classes, N, C),
        log_input=False,
    ),
    _poisson(
        "log-rate with log_input=False (negative -> nan)",
        "LG111",
        scores,
        partial(classes, N, C),
        log_input=False,
    ),
    _poisson("[N,1] vs [N]", "LG304", _column, lambda: classes(N).float()),
    _poisson("int64 target", RIGHT, leaf, partial(classes, N, C)),
    _poisson("full=True int target", RIGHT, leaf, partial(classes, N, C), full=True),
]

_ctc = rows_of(nn.CTCLoss)
_T = 12
_frames = partial(leaf, _T, N, C)


def _logs() -> Tensor:
    return leaf(_T, N, C).log_softmax(2)


def _full(length: int) -> partial[Tensor]:
    return partial(torch.full, (N,), length)


_labels = partial(torch.ones, N, 3, dtype=torch.int64)
_lengths = (_full(_T), _full(3))
SEQUENCES = [
    _ctc("OK log_softmax [T,N,C]", RIGHT, _logs, _labels, *_lengths),
    _ctc("float targets", RIGHT, _logs, to(_labels, torch.float32), *_lengths),
    _ctc("int32 targets", RIGHT, _logs, to(_labels, torch.int32), *_lengths),
    _ctc(
        "target_lengths 0",
        RIGHT,
        _logs,
        _labels,
        _lengths[0],
        lambda: _lengths[1]() * 0,
    ),
    _ctc("raw logits (no log_softmax)", "LG110", _frames, _labels, *_lengths),
    _ctc("softmax probs", "LG110", lambda: _frames().softmax(2), _labels, *_lengths),
    _ctc("log_softmax wrong dim", "LG108", lambda: _frames().log_softmax(0), _labels, *_lengths),
    _ctc("half input", "LG409", lambda: _logs().half(), _labels, *_lengths),
    _ctc("bf16 input", "LG409", lambda: _logs().bfloat16(), _labels, *_lengths),
    _ctc("batch-first [N,T,C]", "LG409", lambda: _logs().transpose(0, 1), _labels, *_lengths),
    _ctc("target contains blank (0)", "LG409", _logs, filled(_labels, 0), *_lengths),
    _ctc("target out of range", "LG409", _logs, filled(_labels, C), *_lengths),
    _ctc("target negative (-1 padding inside length)", "LG409", _logs, filled(_labels, -1), *_lengths),
    _ctc("target_length > T -> inf loss", "LG409", lambda: _logs()[:2], _labels, _full(2), _full(3)),
    _ctc(
        "same, zero_infinity=True",
        RIGHT,
        lambda: _logs()[:2],
        _labels,
        _full(2),
        _full(3),
        zero_infinity=True,
    ),
    _ctc(
        "batch-first [N,T,C], N==T",
        Later("LG409"),
        lambda: leaf(_T, _T, C).log_softmax(2).transpose(0, 1),
        partial(torch.ones, _T, 3, dtype=torch.int64),
        partial(torch.full, (_T,), _T),
        partial(torch.full, (_T,), 3),
    ),
    _ctc("input_lengths > T", "LG409", _logs, _labels, _full(_T + 1), _full(3)),
    _ctc("target_lengths > target.size(1)", "LG409", _logs, _labels, _full(_T), _full(5)),
    _ctc("blank index = C (out of range)", "LG409", _logs, _labels, *_lengths, blank=C),
    _ctc("blank=0 but dataset uses 0 as a char", "LG409", _logs, filled(_labels, 0), *_lengths),
    _ctc("float lengths", "LG409", _logs, _labels, *(to(each, torch.float32) for each in _lengths)),
    _ctc(
        "concat 1-D targets sum(lengths) mismatch",
        "LG409",
        _logs,
        partial(torch.ones, 3 * N + 1, dtype=_I64),
        *_lengths,
    ),
]

ROWS = [
    *KL_DIVERGENCE,
    *_elementwise(nn.MSELoss, functional.mse_loss),
    *_elementwise(nn.L1Loss, functional.l1_loss),
    *_elementwise(nn.SmoothL1Loss, functional.smooth_l1_loss),
    *_elementwise(nn.HuberLoss, functional.huber_loss),
    *FUNCTIONS,
    *SIGNED,
    *PAIRS,
    *TRIPLETS,
    *LIKELIHOODS,
    *SEQUENCES,
]
