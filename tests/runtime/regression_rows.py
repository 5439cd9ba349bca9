"""The binary losses, the losses over real values and distributions, over pairs, triplets and sequences."""

from __future__ import annotations

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
    leaf,
    log_softmax,
    one_hot,
    scores,
    sigmoid,
    signs,
    soft,
    softmax,
)

_NAN = float("nan")


def _rows(loss: type[nn.Module]) -> Any:
    def row(misuse: str, verdict: Verdict, *args: object, **options: Any) -> Case:
        return case(loss.__name__, misuse, verdict, lambda: loss(**options), *args)

    return row


def _filled(build: Any, value: float) -> Any:
    def fill() -> Tensor:
        tensor: Tensor = build().clone()
        tensor.view(-1)[0] = value
        return tensor

    return fill


def _to(build: Any, dtype: torch.dtype) -> Any:
    return lambda: build().to(dtype)


_F16, _BF16, _F64, _I64 = torch.float16, torch.bfloat16, torch.float64, torch.int64


def _inside_layer() -> Tensor:
    layer = nn.Linear(4, C)
    with torch.no_grad():
        layer.weight.mul_(0.01)
        layer.bias.fill_(0.5)
    return layer(torch.rand(N, 4))  # type: ignore[no-any-return]


_bce = _rows(nn.BCELoss)
BINARY_CROSS_ENTROPY = [
    _bce("OK baseline sigmoid", RIGHT, sigmoid, binary),
    _bce("raw logits as input (outside [0,1])", "LG105", scores, binary),
    _bce("raw logits that happen to be inside [0,1]", "LG105", _inside_layer, binary),
    _bce("relu/clamped logits clamp(0,1)", RIGHT, lambda: scores().clamp(0, 1), binary),
    _bce("values slightly above 1 (1+1e-6)", "LG403", _filled(sigmoid, 1 + 1e-6), binary),
    _bce("values slightly below 0 (-1e-8)", "LG403", _filled(sigmoid, -1e-8), binary),
    _bce("NaN input", "LG402", _filled(sigmoid, _NAN), binary),
    _bce("softmax input 2 col vs one-hot", RIGHT, partial(softmax, N, 2), partial(binary, N, 2)),
    _bce("log-probs as input (negative)", "LG105", log_softmax, binary),
    _bce("target outside [0,1] ({1,2} labels)", "LG403", sigmoid, lambda: binary() + 1),
    _bce("target -1/+1", "LG403", sigmoid, lambda: binary() * 2 - 1),
    _bce("target 0..255 mask", "LG403", sigmoid, lambda: binary() * 255),
    _bce("int64 target", "LG203", sigmoid, _to(binary, _I64)),
    _bce("bool target", "LG203", sigmoid, _to(binary, torch.bool)),
    _bce("uint8 target", "LG203", sigmoid, _to(binary, torch.uint8)),
    _bce("float64 target float32 input", Later("LG203"), sigmoid, _to(binary, _F64)),
    _bce("float32 target float64 input", Later("LG203"), _to(sigmoid, _F64), binary),
    _bce("float16 input float32 target", Later("LG203"), _to(sigmoid, _F16), binary),
    _bce("bfloat16 both", RIGHT, _to(sigmoid, _BF16), _to(binary, _BF16)),
    _bce("float16 both", RIGHT, _to(sigmoid, _F16), _to(binary, _F16)),
    _bce("[N,1] vs [N]", Later("LG304"), partial(sigmoid, N, 1), partial(binary, N)),
    _bce("[N] vs [N,1]", Later("LG304"), lambda: sigmoid(N, 1)[:, 0], partial(binary, N, 1)),
    _bce("[N,C] vs [C]", Later("LG304"), sigmoid, partial(binary, C)),
    _bce("N mismatch", "LG406", lambda: sigmoid(N, 1)[:, 0], partial(binary, 7)),
    _bce("swapped args (target first)", "LG301", binary, sigmoid),
    _bce("weight wrong length", "LG407", sigmoid, binary, weight=torch.ones(C + 1)),
    _bce(
        "weight class-weights [2] (misuse as class weights) with [N]",
        "LG407",
        lambda: sigmoid(N, 1)[:, 0],
        partial(binary, N),
        weight=torch.ones(2),
    ),
    _bce(
        "weight [2] with [N,2] last-batch",
        RIGHT,
        partial(sigmoid, N, 2),
        partial(binary, N, 2),
        weight=torch.ones(2),
    ),
    _bce(
        "weight [N] fixed-batch, last batch smaller",
        "LG407",
        lambda: sigmoid(3, 1)[:, 0],
        partial(binary, 3),
        weight=torch.ones(N),
    ),
    _bce("empty batch", "LG406", partial(sigmoid, 0, C), partial(binary, 0, C)),
]


_logits = _rows(nn.BCEWithLogitsLoss)
BCE_WITH_LOGITS = [
    _logits("OK", RIGHT, scores, binary),
    _logits("sigmoid probs as input (double sigmoid)", "LG104", sigmoid, binary),
    _logits("softmax probs as input", "LG104", softmax, binary),
    _logits("log-sigmoid as input", "LG104", lambda: functional.logsigmoid(scores()), binary),
    _logits("int64 target", "LG203", scores, _to(binary, _I64)),
    _logits("bool target", "LG203", scores, _to(binary, torch.bool)),
    _logits("float64 target", RIGHT, scores, _to(binary, _F64)),
    _logits("fp16 input, fp32 target", RIGHT, _to(scores, _F16), binary),
    _logits("[N,1] vs [N]", Later("LG304"), partial(scores, N, 1), partial(binary, N)),
    _logits("[N] vs [N,1]", Later("LG304"), lambda: scores(N, 1)[:, 0], partial(binary, N, 1)),
    _logits("[N,C] vs class index int64 [N]", "LG203", scores, classes),
    _logits("[N,C] vs class index float [N]", Later("LG304"), scores, lambda: classes().float()),
    _logits(
        "target outside [0,1] (class idx 0..4)",
        "LG403",
        lambda: scores(N, 1)[:, 0],
        lambda: classes().float(),
    ),
    _logits("target 0..255", "LG403", scores, lambda: binary() * 255),
    _logits("target -1/+1", "LG403", scores, lambda: binary() * 2 - 1),
    _logits("N mismatch", "LG406", lambda: scores(N, 1)[:, 0], partial(binary, 7)),
    _logits("swapped args", "LG301", binary, scores),
    _logits("pos_weight wrong length", "LG407", scores, binary, pos_weight=torch.ones(C + 1)),
    _logits("pos_weight length 1", RIGHT, scores, binary, pos_weight=torch.ones(1)),
    _logits(
        "pos_weight [2] with [N,1] (misuse: per-class list for binary)",
        "LG407",
        partial(scores, N, 1),
        partial(binary, N, 1),
        pos_weight=torch.ones(2),
    ),
    _logits(
        "pos_weight [2] with [N]",
        "LG407",
        lambda: scores(N, 1)[:, 0],
        partial(binary, N),
        pos_weight=torch.ones(2),
    ),
    _logits(
        "weight [2] with [N,1]",
        "LG407",
        partial(scores, N, 1),
        partial(binary, N, 1),
        weight=torch.ones(2),
    ),
    _logits("pos_weight float64", RIGHT, scores, binary, pos_weight=torch.ones(C).double()),
    _logits(
        "pos_weight [C] on [N,C,H,W] with W!=C",
        "LG407",
        partial(scores, 2, C, 4, 4),
        partial(binary, 2, C, 4, 4),
        pos_weight=torch.ones(C),
    ),
    _logits(
        "weight [N] vs [N,1] input (broadcast to [N,N])",
        "LG407",
        partial(scores, N, 1),
        partial(binary, N, 1),
        weight=torch.ones(N),
    ),
    _logits("NaN input", "LG402", _filled(scores, _NAN), binary),
    _logits("empty", "LG406", partial(scores, 0, C), partial(binary, 0, C)),
    _logits(
        "2-col logits [N,2] with one-hot float (double counting)",
        RIGHT,
        partial(scores, N, 2),
        partial(binary, N, 2),
    ),
]

_kl = _rows(nn.KLDivLoss)
_batchmean = partial(_kl, reduction="batchmean")
KL_DIVERGENCE = [
    _batchmean("OK log-probs/probs batchmean", RIGHT, log_softmax, soft),
    _kl("default reduction=mean", Later("LG307"), log_softmax, soft),
    case(
        "KLDivLoss",
        "F.kl_div default reduction",
        Later("LG307"),
        lambda: functional.kl_div,
        log_softmax,
        soft,
    ),
    _batchmean("probs as input (not log)", "LG107", softmax, soft),
    _batchmean("raw logits as input", "LG107", scores, soft),
    _batchmean("log-probs as target, log_target=False", Later("LG207"), log_softmax, lambda: soft().log()),
    _batchmean("logits as target, log_target=False", Later("LG207"), log_softmax, lambda: torch.randn(N, C)),
    _batchmean("probs as target, log_target=True", Later("LG207"), log_softmax, soft, log_target=True),
    _batchmean(
        "logits target, log_target=True",
        Later("LG207"),
        log_softmax,
        partial(torch.randn, N, C),
        log_target=True,
    ),
    _batchmean("swapped (probs first, log-probs second)", "LG301", soft, log_softmax),
    _batchmean(
        "swapped p||q both log log_target=True", RIGHT, lambda: soft().log(), log_softmax, log_target=True
    ),
    _batchmean("softmax over wrong dim", Later("LG108"), lambda: scores().log_softmax(0), soft),
    _batchmean("class-index target [N] int64", Later("LG304"), log_softmax, classes),
    _batchmean("int64 one-hot target", Later("LG207"), log_softmax, one_hot),
    _batchmean("[N,C] vs [N,1]", Later("LG304"), log_softmax, partial(binary, N, 1)),
    _batchmean("target float64", RIGHT, log_softmax, _to(soft, _F64)),
    _batchmean("target requires grad", RIGHT, log_softmax, softmax),
    _batchmean("empty", "LG406", lambda: scores(0, C).log_softmax(1), partial(torch.rand, 0, C)),
    _batchmean(
        "batchmean on unbatched 1-D (divides by C)", RIGHT, lambda: leaf(C).log_softmax(0), lambda: soft()[0]
    ),
]

_multi_label = _rows(nn.MultiLabelSoftMarginLoss)
MULTI_LABEL_SOFT_MARGIN = [
    _multi_label("OK", RIGHT, scores, binary),
    _multi_label("sigmoid probs", "LG104", sigmoid, binary),
    _multi_label("int64 target", RIGHT, scores, _to(binary, _I64)),
    _multi_label("bool target", "LG203", scores, _to(binary, torch.bool)),
    _multi_label("float class idx [N], broadcast?", Later("LG304"), scores, lambda: classes().float()),
    _multi_label("[N,C] vs [N,1]", Later("LG304"), scores, partial(binary, N, 1)),
    _multi_label("[N,1] vs [N]", Later("LG304"), partial(scores, N, 1), partial(binary, N)),
    _multi_label("-1/1 target", Later("LG206"), scores, lambda: binary() * 2 - 1),
    _multi_label("weight wrong len", "LG407", scores, binary, weight=torch.ones(C + 1)),
]


def _elementwise(loss: type[nn.Module], function: Any) -> list[Case]:
    row = _rows(loss)
    huber = loss is nn.HuberLoss
    odd: Verdict = Later("LG207") if huber else RIGHT
    broadcast = Later("LG304")
    column = partial(scores, N, 1)
    values = partial(torch.randn, N, C)
    return [
        row("OK", RIGHT, scores, values),
        row("[N,1] vs [N] -> broadcast [N,N]", broadcast, column, partial(torch.randn, N)),
        row("[N] vs [N,1]", broadcast, lambda: column()[:, 0], partial(torch.randn, N, 1)),
        row("[N,1] vs [N], N=1 (numel 1)", broadcast, partial(scores, 1, 1), partial(torch.randn, 1)),
        row("[N,C] vs [C]", broadcast, scores, partial(torch.randn, C)),
        row("[N,C] vs [1,C]", broadcast, scores, partial(torch.randn, 1, C)),
        row("[N] vs scalar tensor ()", broadcast, lambda: column()[:, 0], partial(torch.tensor, 1.0)),
        row("[N,C] vs [N]  (class idx)", broadcast, scores, lambda: classes().float()),
        case(
            loss.__name__,
            "F form [N,1] vs [N]",
            broadcast,
            lambda: function,
            column,
            partial(torch.randn, N),
        ),
        row("int64 target", odd, scores, _to(values, _I64)),
        row("int64 target, fp16 input", odd, _to(scores, _F16), _to(values, _I64)),
        row("uint8 target (image 0..255)", odd, scores, partial(torch.full, (N, C), 7, dtype=torch.uint8)),
        row("float64 target (numpy default)", odd, scores, _to(values, _F64)),
        row("fp16 input, fp32 target", odd, _to(scores, _F16), values),
        row("fp16 overflow (300**2)", RIGHT, lambda: leaf().half() * 0 + 300, lambda: values().half() * 0),
        row("swapped", RIGHT, values, scores),
        row("python float target", Later("LG309"), scores, 1.0),
        row("NaN target", "LG402", scores, _filled(values, _NAN)),
        row("empty", "LG406", partial(scores, 0, C), partial(torch.randn, 0, C)),
        row("N mismatch", "LG406", lambda: column()[:, 0], partial(torch.randn, 7)),
    ]


_soft_margin, _hinge = _rows(nn.SoftMarginLoss), _rows(nn.HingeEmbeddingLoss)
_vector = partial(leaf, N)
SIGNED = [
    _soft_margin("OK +-1", RIGHT, _vector, signs),
    _soft_margin("0/1 target", Later("LG206"), _vector, partial(binary, N)),
    _soft_margin("int64 +-1", RIGHT, _vector, _to(signs, _I64)),
    _soft_margin("[N,1] vs [N]", Later("LG304"), partial(leaf, N, 1), signs),
    _soft_margin("sigmoid input", RIGHT, lambda: _vector().sigmoid(), signs),
    _hinge("OK +-1", RIGHT, _vector, signs),
    _hinge("0/1 target", Later("LG206"), _vector, partial(binary, N)),
    _hinge("int64 target +-1", RIGHT, _vector, _to(signs, _I64)),
    _hinge("[N,1] vs [N]", Later("LG304"), partial(leaf, N, 1), signs),
]

_ranking, _cosine = _rows(nn.MarginRankingLoss), _rows(nn.CosineEmbeddingLoss)
_column = partial(leaf, N, 1)
PAIRS = [
    _ranking("OK", RIGHT, _vector, _vector, signs),
    _ranking("0/1 target", Later("LG206"), _vector, _vector, partial(binary, N)),
    _ranking("[N,1],[N,1] vs [N]", Later("LG304"), _column, _column, signs),
    _ranking("[N,1],[N] ,[N]", Later("LG304"), _column, _vector, signs),
    _ranking("int64", RIGHT, _vector, _vector, _to(signs, _I64)),
    _ranking("scalar y tensor([1.])", RIGHT, _vector, _vector, partial(torch.ones, 1)),
    _ranking("scalar y tensor(1.) 0-d", Later("LG304"), _vector, _vector, partial(torch.tensor, 1.0)),
    _ranking("input2 swapped", RIGHT, _vector, _vector, signs),
    _cosine("OK", RIGHT, leaf, leaf, signs),
    _cosine("0/1 target", Later("LG206"), leaf, leaf, partial(binary, N)),
    _cosine("target [N,1]", Later("LG204"), leaf, leaf, partial(signs, N, 1)),
    _cosine("target [1]", RIGHT, leaf, leaf, partial(torch.ones, 1)),
    _cosine("target int64 +-1", RIGHT, leaf, leaf, _to(signs, _I64)),
    _cosine("1-D inputs", RIGHT, partial(leaf, C), partial(leaf, C), partial(torch.tensor, 1.0)),
]

_triplet = _rows(nn.TripletMarginLoss)
TRIPLETS = [
    _triplet("OK", RIGHT, leaf, leaf, leaf),
    _triplet("swapped positive/negative", RIGHT, leaf, leaf, leaf),
    _triplet("N mismatch", "LG406", leaf, leaf, partial(leaf, 7, C)),
    _triplet("negative [1,C] broadcast", RIGHT, leaf, leaf, partial(leaf, 1, C)),
    _triplet("labels as third arg", Later("LG302"), leaf, leaf, classes),
    _triplet("1-D", RIGHT, partial(leaf, C), partial(leaf, C), partial(leaf, C)),
]

_gaussian, _poisson = _rows(nn.GaussianNLLLoss), _rows(nn.PoissonNLLLoss)
_variance = partial(torch.ones, N, C)
LIKELIHOODS = [
    _gaussian("OK", RIGHT, leaf, leaf, _variance),
    _gaussian("log-variance as var (negative)", Later("LG111"), leaf, leaf, lambda: -_variance()),
    _gaussian("std as var", RIGHT, leaf, leaf, _variance),
    _gaussian("[N,1] vs [N]", Later("LG304"), _column, _vector, partial(torch.ones, N, 1)),
    _gaussian("var [N] input [N,1]", Later("LG304"), _column, _column, partial(torch.ones, N)),
    _gaussian("var scalar python", RIGHT, leaf, leaf, 1.0),
    _gaussian("var zero", RIGHT, leaf, leaf, lambda: _variance() * 0),
    _poisson("OK log_input=True", RIGHT, leaf, lambda: classes(N, C).float()),
    _poisson(
        "rate (softplus/exp/relu) input with log_input=True",
        Later("LG111"),
        lambda: scores().exp(),
        lambda: classes(N, C).float(),
    ),
    _poisson("[N,1] vs [N]", Later("LG304"), _column, lambda: classes(N).float()),
    _poisson("int64 target", RIGHT, leaf, partial(classes, N, C)),
    _poisson("full=True int target", RIGHT, leaf, partial(classes, N, C), full=True),
]

_ctc = _rows(nn.CTCLoss)
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
    _ctc("float targets", RIGHT, _logs, _to(_labels, torch.float32), *_lengths),
    _ctc("int32 targets", RIGHT, _logs, _to(_labels, torch.int32), *_lengths),
    _ctc(
        "target_lengths 0",
        RIGHT,
        _logs,
        _labels,
        _lengths[0],
        lambda: _lengths[1]() * 0,
    ),
    _ctc("raw logits (no log_softmax)", Later("LG110"), _frames, _labels, *_lengths),
    _ctc("softmax probs", Later("LG110"), lambda: _frames().softmax(2), _labels, *_lengths),
    _ctc("log_softmax wrong dim", Later("LG108"), lambda: _frames().log_softmax(0), _labels, *_lengths),
    _ctc("batch-first [N,T,C]", "LG409", lambda: _logs().transpose(0, 1), _labels, *_lengths),
    _ctc("target contains blank (0)", "LG409", _logs, _filled(_labels, 0), *_lengths),
    _ctc("target out of range", "LG409", _logs, _filled(_labels, C), *_lengths),
    _ctc("target negative (-1 padding inside length)", "LG409", _logs, _filled(_labels, -1), *_lengths),
    _ctc("target_length > T -> inf loss", "LG409", lambda: _logs()[:2], _labels, _full(2), _full(3)),
    _ctc("input_lengths > T", "LG409", _logs, _labels, _full(_T + 1), _full(3)),
    _ctc("target_lengths > target.size(1)", "LG409", _logs, _labels, _full(_T), _full(5)),
    _ctc("blank index = C (out of range)", "LG409", _logs, _labels, *_lengths, blank=C),
    _ctc("blank=0 but dataset uses 0 as a char", "LG409", _logs, _filled(_labels, 0), *_lengths),
    _ctc("float lengths", "LG409", _logs, _labels, *(_to(each, torch.float32) for each in _lengths)),
    _ctc(
        "concat 1-D targets sum(lengths) mismatch",
        "LG409",
        _logs,
        partial(torch.ones, 3 * N + 1, dtype=_I64),
        *_lengths,
    ),
]

ROWS = [
    *BINARY_CROSS_ENTROPY,
    *BCE_WITH_LOGITS,
    *KL_DIVERGENCE,
    *MULTI_LABEL_SOFT_MARGIN,
    *_elementwise(nn.MSELoss, functional.mse_loss),
    *_elementwise(nn.L1Loss, functional.l1_loss),
    *_elementwise(nn.SmoothL1Loss, functional.smooth_l1_loss),
    *_elementwise(nn.HuberLoss, functional.huber_loss),
    *SIGNED,
    *PAIRS,
    *TRIPLETS,
    *LIKELIHOODS,
    *SEQUENCES,
]
