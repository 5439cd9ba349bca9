"""The binary losses: one probability, or one score, an element."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.runtime.semantics import (
    RIGHT,
    C,
    N,
    binary,
    classes,
    filled,
    log_softmax,
    rows_of,
    scores,
    sigmoid,
    softmax,
    to,
)

_NAN = float("nan")
_F16, _BF16, _F64, _I64 = torch.float16, torch.bfloat16, torch.float64, torch.int64


def _inside_layer() -> Tensor:
    layer = nn.Linear(4, C)
    with torch.no_grad():
        layer.weight.mul_(0.01)
        layer.bias.fill_(0.5)
    return layer(torch.rand(N, 4))  # type: ignore[no-any-return]


_bce = rows_of(nn.BCELoss)
BINARY_CROSS_ENTROPY = [
    _bce("OK baseline sigmoid", RIGHT, sigmoid, binary),
    _bce("raw logits as input (outside [0,1])", "LG105", scores, binary),
    _bce("raw logits that happen to be inside [0,1]", "LG105", _inside_layer, binary),
    _bce("relu/clamped logits clamp(0,1)", RIGHT, lambda: scores().clamp(0, 1), binary),
    _bce("values slightly above 1 (1+1e-6)", "LG403", filled(sigmoid, 1 + 1e-6), binary),
    _bce("values slightly below 0 (-1e-8)", "LG403", filled(sigmoid, -1e-8), binary),
    _bce("NaN input", "LG402", filled(sigmoid, _NAN), binary),
    _bce("softmax input 2 col vs one-hot", RIGHT, partial(softmax, N, 2), partial(binary, N, 2)),
    _bce("log-probs as input (negative)", "LG105", log_softmax, binary),
    _bce("target outside [0,1] ({1,2} labels)", "LG403", sigmoid, lambda: binary() + 1),
    _bce("target -1/+1", "LG403", sigmoid, lambda: binary() * 2 - 1),
    _bce("target 0..255 mask", "LG403", sigmoid, lambda: binary() * 255),
    _bce("int64 target", "LG203", sigmoid, to(binary, _I64)),
    _bce("bool target", "LG203", sigmoid, to(binary, torch.bool)),
    _bce("uint8 target", "LG203", sigmoid, to(binary, torch.uint8)),
    _bce("float64 target float32 input", "LG203", sigmoid, to(binary, _F64)),
    _bce("float32 target float64 input", "LG203", to(sigmoid, _F64), binary),
    _bce("float16 input float32 target", "LG203", to(sigmoid, _F16), binary),
    _bce("bfloat16 both", RIGHT, to(sigmoid, _BF16), to(binary, _BF16)),
    _bce("float16 both", RIGHT, to(sigmoid, _F16), to(binary, _F16)),
    _bce("[N,1] vs [N]", "LG304", partial(sigmoid, N, 1), partial(binary, N)),
    _bce("[N] vs [N,1]", "LG304", lambda: sigmoid(N, 1)[:, 0], partial(binary, N, 1)),
    _bce("[N,C] vs [C]", "LG304", sigmoid, partial(binary, C)),
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
    _bce("saturated sigmoid exactly 0/1 opposing target", RIGHT, binary, lambda: 1 - binary()),
    _bce("reduction typo", "LG309", sigmoid, binary, reduction="avg"),
    _bce("empty batch", "LG406", partial(sigmoid, 0, C), partial(binary, 0, C)),
]


_logits = rows_of(nn.BCEWithLogitsLoss)
BCE_WITH_LOGITS = [
    _logits("OK", RIGHT, scores, binary),
    _logits("sigmoid probs as input (double sigmoid)", "LG104", sigmoid, binary),
    _logits("softmax probs as input", "LG104", softmax, binary),
    _logits("log-sigmoid as input", "LG104", lambda: functional.logsigmoid(scores()), binary),
    _logits("int64 target", "LG203", scores, to(binary, _I64)),
    _logits("bool target", "LG203", scores, to(binary, torch.bool)),
    _logits("float64 target", RIGHT, scores, to(binary, _F64)),
    _logits("fp16 input, fp32 target", RIGHT, to(scores, _F16), binary),
    _logits("[N,1] vs [N]", "LG304", partial(scores, N, 1), partial(binary, N)),
    _logits("[N] vs [N,1]", "LG304", lambda: scores(N, 1)[:, 0], partial(binary, N, 1)),
    _logits("[N,C] vs class index int64 [N]", "LG203", scores, classes),
    _logits("[N,C] vs class index float [N]", "LG304", scores, lambda: classes().float()),
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
    _logits(
        "pos_weight [C] on [N,C,H,W] with W==C",
        RIGHT,
        partial(scores, 2, C, 4, C),
        partial(binary, 2, C, 4, C),
        pos_weight=torch.ones(C),
    ),
    _logits("NaN input", "LG402", filled(scores, _NAN), binary),
    _logits("empty", "LG406", partial(scores, 0, C), partial(binary, 0, C)),
    _logits(
        "2-col logits [N,2] with one-hot float (double counting)",
        RIGHT,
        partial(scores, N, 2),
        partial(binary, N, 2),
    ),
]

_multi_label = rows_of(nn.MultiLabelSoftMarginLoss)
MULTI_LABEL_SOFT_MARGIN = [
    _multi_label("OK", RIGHT, scores, binary),
    _multi_label("sigmoid probs", "LG104", sigmoid, binary),
    _multi_label("int64 target", RIGHT, scores, to(binary, _I64)),
    _multi_label("bool target", "LG203", scores, to(binary, torch.bool)),
    _multi_label("float class idx [N], broadcast?", "LG304", scores, lambda: classes().float()),
    _multi_label(
        "float class idx [N] N==C broadcast",
        "LG403",
        partial(scores, C, C),
        lambda: classes(C).float(),
    ),
    _multi_label("[N,C] vs [N,1]", "LG304", scores, partial(binary, N, 1)),
    _multi_label("[N,1] vs [N]", "LG304", partial(scores, N, 1), partial(binary, N)),
    _multi_label("-1/1 target", "LG206", scores, lambda: binary() * 2 - 1),
    _multi_label("weight wrong len", "LG407", scores, binary, weight=torch.ones(C + 1)),
]


ROWS = [*BINARY_CROSS_ENTROPY, *BCE_WITH_LOGITS, *MULTI_LABEL_SOFT_MARGIN]
