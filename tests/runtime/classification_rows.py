"""Cross-entropy, negative log-likelihood, the margin losses over classes, and the layers with a loss."""

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
    soft,
    softmax,
)


def _with(build: Any, index: Any, value: float) -> Tensor:
    tensor: Tensor = build().clone()
    tensor[index] = value
    return tensor


def _out(value: int, *shape: int) -> partial[Tensor]:
    return partial(_with, partial(classes, *shape), 0, value)


def _plain(*shape: int) -> Tensor:
    return torch.randn(*(shape or (N, C)))


def _ce(misuse: str, verdict: Verdict, *args: object, **options: Any) -> Case:
    return case("CrossEntropyLoss", misuse, verdict, lambda: nn.CrossEntropyLoss(**options), *args)


def _nll(misuse: str, verdict: Verdict, *args: object, **options: Any) -> Case:
    return case("NLLLoss", misuse, verdict, lambda: nn.NLLLoss(**options), *args)


def _half(dtype: torch.dtype) -> Any:
    return lambda: scores().to(dtype)


_ALL_IGNORED = partial(torch.full, (N,), -100)

CROSS_ENTROPY = [
    _ce("OK baseline logits[N,C], int64[N]", RIGHT, scores, classes),
    _ce("probabilities (softmax) as input", "LG101", softmax, classes),
    _ce("sigmoid output as input", "LG103", sigmoid, classes),
    _ce("log_softmax as input", "LG102", log_softmax, classes),
    _ce("relu/clamped logits as input", Later("LG109"), lambda: scores().relu(), classes),
    _ce("int64 one-hot target [N,C]", "LG201", scores, one_hot),
    _ce("float one-hot target [N,C]", RIGHT, scores, lambda: one_hot().float()),
    _ce("soft target rows not summing to 1 (multi-hot) float", "LG408", scores, binary),
    _ce("soft target = logits (negative values)", "LG408", scores, _plain),
    _ce("float class index target [N]", "LG202", scores, lambda: classes().float()),
    _ce("float class-index target [N,1]", "LG204", scores, lambda: classes(N, 1).float()),
    _ce("int64 target [N,1]", "LG204", scores, partial(classes, N, 1)),
    _ce("int64 target [1,N]", "LG406", scores, partial(classes, 1, N)),
    _ce("target out of range (==C)", "LG401", scores, _out(C)),
    _ce("target one-based (1..C), one row == C", "LG401", scores, lambda: classes() + 1),
    _ce("target negative != ignore_index (-1)", "LG401", scores, _out(-1)),
    _ce("target -100 (==ignore_index) in some rows", RIGHT, scores, _out(-100)),
    _ce("all targets ignored", "LG405", scores, _ALL_IGNORED),
    _ce("all targets ignored, reduction=sum", RIGHT, scores, _ALL_IGNORED, reduction="sum"),
    _ce(
        "ignore_index=255 default not set; target has 255 (uint8 mask)",
        "LG401",
        scores,
        lambda: _out(255)().to(torch.uint8),
    ),
    _ce("target dtype int32 [N]", "LG202", scores, lambda: classes().int()),
    _ce("target dtype int16 [N]", "LG202", scores, lambda: classes().short()),
    _ce("target dtype int8 [N]", "LG202", scores, lambda: classes().char()),
    _ce("target dtype uint8 [N]", RIGHT, scores, lambda: classes().byte()),
    _ce("target dtype bool [N]", "LG202", scores, lambda: classes().bool()),
    _ce("target dtype float64 [N]", "LG202", scores, lambda: classes().double()),
    _ce("target dtype float16 [N]", "LG202", scores, lambda: classes().half()),
    _ce("target dtype complex64 [N]", "LG202", scores, lambda: classes().to(torch.complex64)),
    _ce("input dtype float64, target int64", RIGHT, _half(torch.float64), classes),
    _ce("input dtype float16, target int64", RIGHT, _half(torch.float16), classes),
    _ce("input dtype bfloat16, target int64", RIGHT, _half(torch.bfloat16), classes),
    _ce("input float32, soft target float64", RIGHT, scores, lambda: soft().double()),
    _ce("input float64, soft target float32", RIGHT, _half(torch.float64), soft),
    _ce("input float16, soft target float32", RIGHT, _half(torch.float16), soft),
    _ce("input bfloat16, soft target float32", RIGHT, _half(torch.bfloat16), soft),
    _ce("batch mismatch input 8, target 7", "LG406", scores, partial(classes, 7)),
    _ce("input [N], target [N] (1-D logits; binary head squeezed)", "LG303", partial(leaf, N), classes),
    _ce(
        "input [N] float target [N] (squeezed binary head w/ float labels): "
        "treated as ONE sample with N classes",
        Later("LG303"),
        partial(leaf, N),
        partial(binary, N),
    ),
    _ce("input [C], scalar target () ok unbatched", RIGHT, partial(scores, C), partial(torch.tensor, 2)),
    _ce("input [C] target [1]", "LG204", partial(scores, C), partial(classes, 1)),
    _ce(
        "input [N,1] (single logit), int64 target zeros",
        "LG303",
        partial(scores, N, 1),
        lambda: classes() * 0,
    ),
    _ce(
        "input [N,1] (single logit), int64 target in {0,1}",
        "LG303",
        partial(scores, N, 1),
        partial(classes, N, count=2),
    ),
    _ce(
        "input [N,1] float target [N,1] (binary labels): always 0",
        "LG303",
        partial(scores, N, 1),
        partial(binary, N, 1),
    ),
    _ce(
        "input [N,T,C], target [N,T] (channel last)",
        "LG306",
        partial(scores, 4, 7, 5),
        partial(classes, 4, 7),
    ),
    _ce(
        "input [N,T,C], target [N,C-shaped accidental] T==C square: [4,5,5],[4,5]",
        Later("LG306"),
        partial(scores, 4, 5, 5),
        partial(classes, 4, 5),
    ),
    _ce(
        "input [T,N,C], target [T,N] RNN time-first: (7,8,5),(7,8)",
        "LG306",
        partial(scores, 7, 8, 5),
        partial(classes, 7, 8),
    ),
    _ce(
        "input [N,H,W,C] target [N,H,W] channel last",
        "LG306",
        partial(scores, 2, 4, 4, 5),
        partial(classes, 2, 4, 4, count=4),
    ),
    _ce(
        "input [N,H,W,C] target [N,W,C]-compatible: H=C? (2,4,4,4),(2,4,4)",
        Later("LG306"),
        partial(scores, 2, 4, 4, 4),
        partial(classes, 2, 4, 4, count=4),
    ),
    _ce(
        "input [N,C,H,W], target [N,1,H,W] int64",
        "LG204",
        partial(scores, 2, C, 4, 4),
        partial(classes, 2, 1, 4, 4),
    ),
    _ce(
        "input [N,C,H,W], target [N,1,H,W] float (mask)",
        "LG204",
        partial(scores, 2, C, 4, 4),
        partial(binary, 2, 1, 4, 4),
    ),
    _ce(
        "input [N,1,H,W], target [N,1,H,W] float (binary seg. with CE): always 0",
        "LG303",
        partial(scores, 2, 1, 4, 4),
        partial(binary, 2, 1, 4, 4),
    ),
    _ce("swapped arguments (int target first)", "LG301", classes, scores),
    _ce("swapped arguments soft target float first", "LG301", soft, scores),
    _ce("argmax predictions as input (float)", "LG303", lambda: scores().argmax(1).float(), classes),
    _ce("input does not require grad (detached / .data)", Later("LG305"), lambda: scores().detach(), classes),
    _ce("NaN in input", "LG402", partial(_with, scores, (0, 0), float("nan")), classes),
    _ce("Inf in input", "LG402", partial(_with, scores, (0, 0), float("inf")), classes),
    _ce("weight wrong length", "LG407", scores, classes, weight=torch.ones(C + 1)),
    _ce("weight float64 with float32 input", "LG407", scores, classes, weight=torch.ones(C).double()),
    _ce("weight float64 with float32 input, SOFT target", RIGHT, scores, soft, weight=torch.ones(C).double()),
    _ce("weight int64", "LG407", scores, classes, weight=torch.ones(C).long()),
    _ce("weight float32 with float16 input", "LG407", _half(torch.float16), classes, weight=torch.ones(C)),
    _ce("weight float32 with bfloat16 input", "LG407", _half(torch.bfloat16), classes, weight=torch.ones(C)),
    _ce(
        "weight on meta device (as wrong device)",
        "LG404",
        scores,
        classes,
        weight=torch.ones(C, device="meta"),
    ),
    _ce("target on meta device (as wrong device)", "LG404", scores, lambda: classes().to("meta")),
    _ce("weight scalar tensor", "LG407", scores, classes, weight=torch.tensor(1.0)),
    _ce("weight [1,C]", "LG407", scores, classes, weight=torch.ones(1, C)),
    _ce("empty batch", "LG406", partial(scores, 0, C), partial(classes, 0)),
    _ce("empty batch reduction=sum", RIGHT, partial(scores, 0, C), partial(classes, 0), reduction="sum"),
    _ce("label_smoothing=0.1 with softmax probs input", "LG101", softmax, classes, label_smoothing=0.1),
    _ce("label_smoothing with out of range target", "LG401", scores, _out(C), label_smoothing=0.1),
    _ce("label_smoothing + all ignored", "LG405", scores, _ALL_IGNORED, label_smoothing=0.1),
    _ce("reduction=none then .backward() w/o reduce", RIGHT, scores, classes, reduction="none"),
    _ce('reduction=typo "avg"', "LG309", scores, classes, reduction="avg"),
    _ce('reduction="elementwise_mean"', RIGHT, scores, classes, reduction="elementwise_mean"),
    _ce("label_smoothing=True", "LG309", scores, classes, label_smoothing=True),
    _ce("label_smoothing=-0.1", "LG309", scores, classes, label_smoothing=-0.1),
    _ce("numpy target", "LG309", scores, lambda: classes().numpy()),
    _ce("python list target", "LG309", scores, lambda: classes().tolist()),
    _ce("tuple input (model returned (logits,h))", "LG309", lambda: (scores(), 0), classes),
    _ce(
        "uint8 target with [N,C,H,W] input",
        "LG202",
        partial(scores, 2, C, 4, 4),
        lambda: classes(2, 4, 4).byte(),
    ),
    _ce("target 5 classes, head has 10 (oversized head)", RIGHT, partial(scores, N, 10), classes),
    _ce("[N,C] logits, target [N,C] bool one-hot", "LG201", scores, lambda: one_hot().bool()),
    _ce(
        "weight of shape (N,) per-sample when N==C",
        RIGHT,
        partial(scores, C, C),
        partial(classes, C),
        weight=torch.ones(C),
    ),
    _ce(
        "weight all zero (or zero for present classes)",
        "LG402",
        scores,
        classes,
        weight=torch.zeros(C),
    ),
    _ce("negative weight", Later("LG309"), scores, classes, weight=-torch.ones(C)),
    _ce("label_smoothing=1.5", "LG309", scores, classes, label_smoothing=1.5),
    _ce("input int64 logits", "LG305", lambda: scores().long(), classes),
    _ce(
        "input [N,C,H,W], target [N,H,W,C] one-hot float channel-last H=W=C",
        "LG408",
        partial(scores, 2, C, C, C),
        lambda: functional.one_hot(classes(2, C, C), C).float(),
    ),
    _ce(
        "input [N,C,H,W], target [N,H,W,C] one-hot float",
        "LG306",
        partial(scores, 2, C, 4, 4),
        lambda: functional.one_hot(classes(2, 4, 4), C).float(),
    ),
    _ce(
        "ignore_index set to float / soft targets with ignore_index=1",
        "LG309",
        scores,
        soft,
        ignore_index=1,
    ),
    _ce("-inf masked logits whole row", "LG402", partial(_with, scores, 0, -float("inf")), classes),
    _ce(
        "-inf masked logit at the target class",
        "LG402",
        partial(_with, scores, (0, 0), -float("inf")),
        classes,
    ),
    _ce("all ignored + label_smoothing: grads", "LG405", scores, _ALL_IGNORED, label_smoothing=0.1),
    _ce("all ignored: grads", "LG405", scores, _ALL_IGNORED),
    _ce("all ignored + weight: grads", "LG405", scores, _ALL_IGNORED, weight=torch.ones(C)),
    _ce("all ignored 4-D: grads", "LG405", partial(scores, 2, C, 4, 4), partial(torch.full, (2, 4, 4), -100)),
    _ce("NaN one row of input: grads", "LG402", partial(_with, scores, 0, float("nan")), classes),
    case(
        "F.cross_entropy",
        "third positional arg given a float (weight) 0.1",
        "LG309",
        lambda: functional.cross_entropy,
        scores,
        classes,
        0.1,
    ),
    case(
        "F.cross_entropy",
        'third positional arg "sum" (goes to weight)',
        "LG309",
        lambda: functional.cross_entropy,
        scores,
        classes,
        "sum",
    ),
    case("F.cross_entropy", "probabilities", "LG101", lambda: functional.cross_entropy, softmax, classes),
    case("F.cross_entropy", "out-of-range", "LG401", lambda: functional.cross_entropy, scores, _out(C)),
]


def _underflow() -> Tensor:
    return partial(_with, leaf, (0, 0), -1e4)().softmax(1).log()


NEGATIVE_LOG_LIKELIHOOD = [
    _nll("OK baseline log_softmax", RIGHT, log_softmax, classes),
    _nll("raw logits as input", "LG106", scores, classes),
    _nll("probabilities (softmax) as input", "LG106", softmax, classes),
    _nll("F.logsigmoid as input", "LG106", lambda: functional.logsigmoid(scores()), classes),
    _nll("log_softmax on wrong dim (dim=0)", "LG108", lambda: scores().log_softmax(0), classes),
    _nll("int64 one-hot target", "LG201", log_softmax, one_hot),
    _nll("float one-hot target", "LG201", log_softmax, lambda: one_hot().float()),
    _nll("float class index [N]", "LG202", log_softmax, lambda: classes().float()),
    _nll("target [N,1]", "LG204", log_softmax, partial(classes, N, 1)),
    _nll("int32 target", "LG202", log_softmax, lambda: classes().int()),
    _nll("uint8 target", RIGHT, log_softmax, lambda: classes().byte()),
    _nll("bool target", "LG202", log_softmax, lambda: classes().bool()),
    _nll("out of range", "LG401", log_softmax, _out(C)),
    _nll(
        "out of range 4-D (nll_loss2d)",
        "LG401",
        lambda: scores(2, C, 4, 4).log_softmax(1),
        lambda: classes(2, 4, 4) + 1,
    ),
    _nll("negative -1", "LG401", log_softmax, _out(-1)),
    _nll("all ignored", "LG405", log_softmax, _ALL_IGNORED),
    _nll("batch mismatch", "LG406", log_softmax, partial(classes, 7)),
    _nll(
        "channel last [N,T,C] vs [N,T]",
        "LG306",
        lambda: scores(4, 7, 5).log_softmax(2),
        partial(classes, 4, 7),
    ),
    _nll("weight wrong length", "LG407", log_softmax, classes, weight=torch.ones(C + 1)),
    _nll("weight float64", "LG407", log_softmax, classes, weight=torch.ones(C).double()),
    _nll("empty batch", "LG406", lambda: scores(0, C).log_softmax(1), partial(classes, 0)),
    _nll("1-D input/int target [N]", Later("LG204"), lambda: leaf(N).log_softmax(0), classes),
    _nll("swapped", "LG301", classes, log_softmax),
    _nll("log(softmax) computed separately w/ underflow", "LG402", _underflow, classes),
    _nll("raw logits: loss after 200 SGD steps lr=1", "LG106", scores, classes),
]


def _multi_margin(misuse: str, verdict: Verdict, *args: object) -> Case:
    return case("MultiMarginLoss", misuse, verdict, nn.MultiMarginLoss, *args)


MULTI_MARGIN = [
    _multi_margin("OK", RIGHT, scores, classes),
    _multi_margin("softmax probs", RIGHT, softmax, classes),
    _multi_margin("one-hot int64", "LG201", scores, one_hot),
    _multi_margin("float idx", "LG202", scores, lambda: classes().float()),
    _multi_margin("out of range", "LG401", scores, _out(C)),
    _multi_margin("negative", "LG401", scores, _out(-1)),
    _multi_margin("int32", "LG202", scores, lambda: classes().int()),
    _multi_margin("N mismatch", "LG406", scores, partial(classes, 7)),
    _multi_margin("[N,1]", "LG204", scores, partial(classes, N, 1)),
]


def _adaptive(misuse: str, verdict: Verdict, *args: object) -> Case:
    def criterion() -> nn.Module:
        return nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 10])

    return case("AdaptiveLogSoftmaxWithLoss", misuse, verdict, criterion, *args)


def _linear(misuse: str, verdict: Verdict, target: object) -> Case:
    return case(
        "F.linear_cross_entropy",
        misuse,
        verdict,
        lambda: functional.linear_cross_entropy,
        partial(_plain, N, 16),
        partial(leaf, C, 16),
        target,
    )


_TWENTY = partial(classes, N, count=20)
WITH_A_LAYER = [
    _adaptive("OK", RIGHT, partial(_plain, N, 16), _TWENTY),
    _adaptive("target out of range", "LG401", partial(_plain, N, 16), _out(20)),
    _adaptive("target negative", "LG401", partial(_plain, N, 16), _out(-1)),
    _adaptive("target -100 (no ignore_index)", "LG401", partial(_plain, N, 16), _out(-100)),
    _adaptive("logits of n_classes given as input", Later("LG302"), partial(_plain, N, 20), _TWENTY),
    _adaptive("3-D input", "LG204", partial(_plain, 3, N, 16), partial(classes, 3, N, count=20)),
    _adaptive("float target", "LG202", partial(_plain, N, 16), lambda: _TWENTY().float()),
    _adaptive("int32 target", RIGHT, partial(_plain, N, 16), lambda: _TWENTY().int()),
    _linear("OK", RIGHT, classes),
    _linear("target out of range", "LG401", _out(C)),
    _linear("target -1", "LG401", _out(-1)),
    _linear("target int32", "LG202", lambda: classes().int()),
    _linear("target float one-hot", RIGHT, lambda: one_hot().float()),
    case(
        "F.linear_cross_entropy",
        "softmax weights/inputs",
        RIGHT,
        lambda: functional.linear_cross_entropy,
        lambda: scores(N, 16).softmax(1),
        partial(leaf, C, 16),
        classes,
    ),
    case(
        "F.linear_cross_entropy",
        "W transposed",
        Later("LG309"),
        lambda: functional.linear_cross_entropy,
        partial(_plain, N, 16),
        partial(leaf, 16, C),
        classes,
    ),
    _linear("target [N,1]", "LG204", partial(classes, N, 1)),
    _linear("target -100 with ignore_index=None default", "LG405", _ALL_IGNORED),
]


def _multi_label_margin(misuse: str, verdict: Verdict, *args: object) -> Case:
    return case("MultiLabelMarginLoss", misuse, verdict, nn.MultiLabelMarginLoss, *args)


def _padded() -> Tensor:
    return torch.tensor([1, 3, -1, -1, -1]).repeat(N, 1)


MULTI_LABEL_MARGIN = [
    _multi_label_margin("OK", RIGHT, scores, _padded),
    _multi_label_margin(
        "multi-hot int64 0/1 target (instead of -1 padded indices)",
        "LG206",
        scores,
        lambda: binary().long(),
    ),
    _multi_label_margin("multi-hot float target", "LG202", scores, binary),
    _multi_label_margin("index out of range", "LG401", scores, partial(_with, _padded, (0, 0), C)),
    _multi_label_margin("target [N]", Later("LG206"), scores, classes),
    _multi_label_margin("int32", "LG202", scores, lambda: _padded().int()),
    _multi_label_margin("sigmoid probs input", RIGHT, sigmoid, _padded),
]

ROWS = [
    *CROSS_ENTROPY,
    *NEGATIVE_LOG_LIKELIHOOD,
    *MULTI_MARGIN,
    *WITH_A_LAYER,
    *MULTI_LABEL_MARGIN,
]
