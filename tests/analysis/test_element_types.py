"""What is known of the tensors that expressions make, held against the tensors."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lossguard.contracts import DType, Space
from tests.analysis.probing import inputs

EXPRESSIONS = """
    torch.tensor([1,2])
    torch.tensor([1.,2.])
    torch.tensor([True])
    torch.tensor([1,2.])
    torch.tensor(1)
    torch.tensor([[1],[2]])
    torch.tensor([1,2], dtype=torch.float)
    torch.tensor([1.5], dtype=torch.long)
    torch.Tensor([1,2])
    torch.LongTensor([1,2])
    torch.FloatTensor([1])
    torch.ByteTensor([1])
    torch.IntTensor([1])
    torch.BoolTensor([True])
    torch.zeros(3)
    torch.zeros(3, dtype=torch.long)
    torch.ones(3).long()
    torch.ones(2,3).bool()
    torch.full((2,3), 1)
    torch.full((2,3), 1.)
    torch.full((2,), True)
    torch.arange(5)
    torch.arange(5.)
    torch.arange(0, 1, .1)
    torch.linspace(0,1,5)
    torch.randint(0,5,(3,))
    torch.randint(5,(3,), dtype=torch.int32)
    torch.rand(3)
    torch.randn(3,4).argmax(1)
    torch.randn(3,4).argmax()
    torch.randn(3,4).max(1)[1]
    torch.randn(3,4).max(1).values
    torch.randn(3,4).max(1).indices
    torch.randn(3,4).topk(2)[1]
    torch.randn(3,4).sort()[1]
    torch.randn(3,4).argsort(1)
    torch.randn(3,4) > 0
    (torch.randn(3,4) > 0).float()
    (torch.randn(3,4) > 0).int()
    (torch.randn(3,4) > 0) * 1
    (torch.randn(3,4) > 0) + 0.5
    (torch.randn(3)>0).sum()
    torch.randint(0,2,(3,)).sum()
    torch.randint(0,2,(3,)) / 2
    torch.randint(0,2,(3,)) // 2
    torch.randint(0,2,(3,)) * 0.5
    torch.randint(0,2,(3,)) + torch.rand(3)
    torch.randint(0,2,(3,)) - 1
    1 - torch.randint(0,2,(3,))
    torch.randint(0,2,(3,)) == 1
    ~(torch.rand(3)>.5)
    (torch.rand(3)>.5) & (torch.rand(3)>.2)
    torch.rand(3).round()
    torch.rand(3).round().long()
    torch.rand(3).long().float()
    torch.rand(3).double()
    torch.rand(3).half()
    torch.rand(3).to(torch.int64)
    torch.rand(3).to('cpu')
    torch.rand(3).to('cpu', torch.long)
    torch.rand(3).to(dtype=torch.bool)
    torch.rand(3).type(torch.LongTensor)
    torch.rand(3).type(torch.long)
    torch.rand(3).type('torch.LongTensor')
    torch.rand(3).type_as(torch.randint(0,2,(3,)))
    torch.rand(3).to(torch.randint(0,2,(3,)))
    F.one_hot(torch.randint(0,3,(4,)), 3)
    F.one_hot(torch.randint(0,3,(4,)), num_classes=3).float()
    F.one_hot(torch.randint(0,3,(4,)), 3) * 1.0
    torch.eye(3)
    torch.eye(3)[torch.randint(0,3,(4,))]
    torch.eye(3, dtype=torch.long)[[0,1]]
    torch.zeros(4,3).scatter_(1, torch.randint(0,3,(4,1)), 1)
    torch.zeros(4,3).scatter(1, torch.randint(0,3,(4,1)), 1.)
    torch.nn.functional.softmax(torch.randn(3,4), 1)
    torch.randn(3,4).softmax(1, dtype=torch.float64)
    torch.randn(3,4).sigmoid().round()
    torch.randn(3,4).sign()
    torch.randn(3,4).abs()
    torch.randint(0,2,(3,)).abs()
    torch.randint(0,2,(3,)).unsqueeze(1)
    torch.randint(0,2,(3,))[:, None]
    torch.randint(0,2,(3,)).view(-1,1).float()
    torch.randint(0,2,(3,1)).squeeze(1)
    torch.randint(0,2,(3,1)).squeeze()
    torch.randint(0,2,(3,1)).flatten()
    torch.randint(0,2,(3,1)).repeat(1,2)
    torch.randint(0,2,(3,1)).expand(3,4)
    torch.zeros_like(torch.randint(0,2,(3,)))
    torch.ones_like(torch.rand(3))
    torch.zeros_like(torch.rand(3), dtype=torch.long)
    torch.rand(3).new_zeros(2)
    torch.rand(3).new_zeros(2, dtype=torch.long)
    torch.rand(3).new_tensor([1,2])
    torch.rand(3).new_ones(3)
    torch.randint(0,2,(3,)).new_full((2,), 1)
    torch.empty(3).fill_(1)
    torch.empty(3).uniform_()
    torch.empty(3, dtype=torch.long).random_(5)
    torch.rand(3).clone().detach()
    torch.rand(3).mean()
    torch.rand(3).cumsum(0)
    torch.randint(0,2,(3,)).cumsum(0)
    torch.randint(0,2,(3,)).float().mean()
    torch.where(torch.rand(3)>.5, 1, 0)
    torch.where(torch.rand(3)>.5, 1., 0.)
    torch.where(torch.rand(3)>.5, torch.ones(3), torch.zeros(3))
    torch.where(torch.rand(3)>.5)[0]
    torch.rand(3).gt(.5)
    torch.rand(3).ge(.5).float()
    torch.rand(3).eq(1)
    torch.eq(torch.rand(3), 1)
    torch.rand(3).lt(.5).long()
    torch.cat([torch.ones(3), torch.zeros(3)])
    torch.cat([torch.ones(3), torch.zeros(3).long()])
    torch.cat([torch.ones(3).long(), torch.zeros(3).long()])
    torch.stack([torch.tensor(1), torch.tensor(0)])
    torch.stack([torch.ones(3), torch.zeros(3)], 1)
    torch.bernoulli(torch.rand(3))
    torch.multinomial(torch.rand(3), 2)
    torch.from_numpy(np.array([1,2]))
    torch.from_numpy(np.array([1.,2.]))
    torch.from_numpy(np.zeros(3, dtype=np.float32))
    torch.from_numpy(np.array([1,2])).float()
    torch.tensor(np.array([1.,2.]))
    torch.tensor(np.array([1,2]), dtype=torch.float32)
    torch.as_tensor([1,2])
    torch.as_tensor(np.arange(3))
    torch.from_numpy(np.arange(3).astype(np.float32))
    torch.from_numpy(np.random.rand(3))
    torch.from_numpy(np.random.randint(0,2,3))
    torch.from_numpy(np.eye(3))
    torch.from_numpy(np.ones(3) > 0)
    torch.rand(3).numpy() * 2
    torch.tensor(torch.rand(3).tolist())
    torch.tensor([torch.rand(3).sum().item()])
    torch.tensor(3.5).item() * torch.ones(2)
    torch.ones(2) * 2
    torch.ones(2) / 2
    torch.ones(2).long() / 2
    torch.ones(2).long() * 2
    torch.ones(2).long() ** 2
    torch.ones(2).long() % 2
    torch.ones(2).int() + torch.ones(2).long()
    torch.ones(2).bool() + torch.ones(2).bool()
    torch.ones(2).half() + torch.ones(2)
    torch.ones(2).double() + torch.ones(2)
    torch.ones(2).double() * 2
    torch.ones(2).long() + 1.5
    torch.ones(2).bool() * 1.
    torch.logical_not(torch.ones(2))
    torch.ones(2).logical_and(torch.ones(2))
    torch.isnan(torch.ones(2))
    torch.clamp(torch.ones(2).long(), 0, 1)
    torch.ones(2).clamp(0,1)
    torch.ones(2).long().clamp(min=0.5)
    torch.maximum(torch.ones(2), torch.zeros(2))
    torch.max(torch.ones(2).long())
    torch.sum(torch.ones(2,3).bool(), 1)
    torch.any(torch.ones(2,3), 1)
    torch.mean(torch.ones(2,3), 1, keepdim=True)
    torch.unique(torch.ones(2).long())
    torch.ones(2,3).nonzero()
    torch.ones(2,3).nonzero()[:,0]
    torch.tril(torch.ones(3,3))
    torch.nn.Embedding(4,2)(torch.tensor([1]))
    nn.Linear(2,3)(torch.ones(4,2))
    nn.Linear(2,3).double()(torch.ones(4,2).double())
    nn.Conv2d(1,2,3)(torch.ones(1,1,5,5))
    nn.Flatten()(torch.ones(1,1,5,5))
    nn.LSTM(2,3)(torch.ones(4,5,2))[0]
    torch.ones(3, requires_grad=True)
    torch.autograd.Variable(torch.ones(3))
    torch.autograd.Variable(torch.ones(3).long())
    nn.Parameter(torch.ones(3))
    torch.randperm(4)
    torch.tensor([0]*3)
    torch.tensor([[0.]*3]*2)
    torch.tensor([0.5]*3 + [1])
    torch.tensor(list(range(3)))
    torch.tensor(range(3))
    torch.tensor([i for i in range(3)])
    torch.tensor([float(i) for i in range(3)])
    torch.tensor((1,2,3)).view(3,1)
    torch.tensor('a' == 'b')
    torch.tensor(len('abc'))
    torch.tensor([1,2])[0]
    torch.tensor([1,2])[[0]]
    torch.randn(3,4)[:, 0]
    torch.randn(3,4)[torch.tensor([True,False,True])]
    torch.randn(3,4).masked_fill(torch.ones(3,4)>0, 0)
    torch.randn(3,4).masked_select(torch.ones(3,4)>0)
    torch.randn(3,4).index_select(1, torch.tensor([0]))
    torch.randn(3,4).gather(1, torch.zeros(3,1).long())
    torch.randn(3,4).t()
    torch.randn(3,4).T
    torch.randn(3,4).mT
    torch.randn(2,3,4).permute(0,2,1)
    torch.randn(2,3,4).transpose(1,2).contiguous().view(2,-1)
    torch.randn(2,3,4).sum((1,2))
    torch.randn(2,3,4).mean(-1)
    torch.randn(2,3,4).amax((0,1))
    torch.randn(2,3,4).flatten(1)
    torch.randn(2,3,4).reshape(-1)
    torch.randn(2,3,4).unflatten(2,(2,2))
    torch.randn(2,3,4).norm(dim=1)
    torch.randn(2,3,4).norm(2, 1)
    torch.randn(2,3,4).std(0)
    torch.randn(2,3,4).var(0)
    torch.randn(2,3,4).prod(1)
    torch.randn(2,3,4).logsumexp(1)
    torch.randn(2,3,4).cumsum(1)
    torch.randn(2,3) @ torch.randn(3,4)
    torch.mm(torch.randn(2,3), torch.randn(3,4))
    torch.bmm(torch.randn(2,3,4), torch.randn(2,4,5))
    torch.einsum('ij,jk->ik', torch.randn(2,3), torch.randn(3,4))
    F.cosine_similarity(torch.ones(2,3), torch.ones(2,3))
    F.pairwise_distance(torch.ones(2,3), torch.ones(2,3))
    F.normalize(torch.ones(2,3), dim=1)
    F.pad(torch.ones(2,3), (1,1))
    F.interpolate(torch.ones(1,1,4,4), size=(8,8))
    F.interpolate(torch.ones(1,1,4,4), scale_factor=2)
    F.max_pool2d(torch.ones(1,1,4,4), 2)
    F.adaptive_avg_pool2d(torch.ones(1,1,4,4), 1)
    F.unfold(torch.ones(1,1,4,4), 2)
    torch.ones(1,1,4,4).unfold(2,2,2)
    torch.split(torch.ones(6,2), 2)[0]
    torch.ones(6,2).chunk(3)[1]
    torch.unbind(torch.ones(6,2))[0]
    torch.broadcast_to(torch.ones(3), (2,3))
    torch.ones(3).expand(2,3)
    torch.ones(3).expand(2,-1)
    torch.ones(3,1).expand_as(torch.ones(3,4))
    torch.ones(2).repeat_interleave(2)
    torch.squeeze(torch.ones(2,1,3), 1)
    torch.unsqueeze(torch.ones(2), 0)
    torch.atleast_1d(torch.tensor(0.5))
    torch.atleast_2d(torch.ones(2))
    torch.atleast_2d(torch.tensor(0.5))
    torch.atleast_2d(torch.ones(2,3,4))
    torch.atleast_3d(torch.tensor(0.5))
    torch.atleast_3d(torch.ones(2))
    torch.atleast_3d(torch.ones(2,3))
    torch.ones(2,3)[None]
    torch.ones(2,3)[..., None]
    torch.ones(2,3)[:, 1:]
    torch.ones(2,3)[0, 1]
    torch.ones(2,3)[-1]
    torch.ones(2,3)[:, [0,2]]
    torch.ones(2,3)[[0,1],[0,1]]
    torch.ones(4,4)[1:3, ::2]
    torch.ones(2,3).new(4)
    torch.ones(2).exp().log()
    torch.ones(2).long().exp()
    torch.ones(2).long().sqrt()
    torch.ones(2).long().sigmoid()
    torch.ones(2).bool().any()
    torch.ones(2).int().float().sum().long()
    torch.rand(3).bfloat16()
    torch.rand(3).char()
    torch.rand(3).byte()
    torch.rand(3).short()
    torch.rand(3).cpu().detach().numpy()
    torch.FloatTensor(3,4).zero_()
    torch.LongTensor(3).fill_(1)
    torch.Tensor(3,4)
    torch.Tensor(3)
    torch.tensor([]).long()
    torch.ones((2,3))
    torch.ones([2,3])
    torch.ones(torch.Size([2,3]))
    torch.rand(*[2,3])
    torch.zeros(torch.ones(2,3).shape)
    torch.zeros(torch.ones(2,3).size())
    torch.zeros(torch.ones(2,3).size(0), 5)
    torch.zeros(len(torch.ones(2,3)), 5)
    torch.randint(0, 3, torch.ones(2,3).shape)
    torch.randint(high=3, size=(4,))
    torch.normal(0., 1., (2,3))
    torch.normal(torch.zeros(3), torch.ones(3))
    torch.eye(3,4)
    torch.full_like(torch.ones(3), 2)
    torch.rand_like(torch.ones(3))
    torch.randn_like(torch.ones(3))
    torch.randint_like(torch.ones(3), 5)
    torch.empty_like(torch.ones(3).long())
    torch.hstack([torch.ones(2,1), torch.ones(2,2)])
    torch.vstack([torch.ones(2), torch.ones(2)])
    torch.column_stack([torch.ones(2), torch.ones(2)])
    torch.concat([torch.ones(2,1), torch.ones(2,2)], dim=1)
    torch.movedim(torch.ones(2,3,4), 0, 2)
    torch.swapaxes(torch.ones(2,3,4), 0, 2)
    torch.ravel(torch.ones(2,3))
    torch.cumprod(torch.ones(3), 0)
    torch.median(torch.ones(2,3), 1)[0]
    torch.min(torch.ones(2,3), 1)[1]
    torch.floor(torch.ones(2))
    torch.ones(2).floor().int()
    torch.ones(2).fmod(2)
    torch.remainder(torch.ones(2), 2)
    torch.ones(2).long().float().double()
    torch.float_power(torch.ones(2), 2)
    torch.ones(2).long().mean(dtype=torch.float)
    torch.ones(2).sum(dtype=torch.long)
    torch.true_divide(torch.ones(2).long(), 2)
    torch.floor_divide(torch.ones(2).long(), 2)
    torch.ones(2).long().div(2)
    torch.div(torch.ones(2).long(), 2, rounding_mode='floor')
    torch.bitwise_and(torch.ones(2).long(), 1)
    torch.ones(2).long() & 1
    torch.ones(2).bool() | torch.zeros(2).bool()
    torch.ones(2).bool() ^ torch.zeros(2).bool()
    -torch.ones(2).long()
    +torch.ones(2)
    abs(torch.ones(2))
    torch.ones(2) @ torch.ones(2)
    torch.ones(3,2) @ torch.ones(2)
    round(torch.ones(1).item())*torch.ones(2)
    torch.ones(2).requires_grad_()
    torch.ones(2).to(torch.float16)
    torch.ones(2).to('cpu', non_blocking=True)
    torch.ones(2).view(torch.int32)
    torch.ones(2,3).view(6)
    torch.ones(2,3).view(-1, 6)
    torch.ones(2,3).view((3,2))
    torch.ones(2,3).view(torch.Size([6]))
    torch.ones(2,3).reshape(3,-1)
    torch.ones(2,3).resize_(3,2)
    torch.ones(2,3,4).view(2, -1)
    torch.ones(2,3,4).view(-1, 4)
    torch.ones(2).long().pow(2)
    torch.ones(2).long().relu()
    torch.ones(2).long().square()
    torch.ones(2).bool().cumsum(0)
    torch.arange(4, dtype=torch.float32)
    torch.ones(2).long().clamp(0, 1)
"""
TYPES = {
    torch.float16: DType.F16,
    torch.bfloat16: DType.BF16,
    torch.float32: DType.F32,
    torch.float64: DType.F64,
    torch.int8: DType.I8,
    torch.int16: DType.I16,
    torch.int32: DType.I32,
    torch.int64: DType.I64,
    torch.uint8: DType.U8,
    torch.bool: DType.BOOL,
}
HOLDS = {
    Space.BINARY: lambda values: ((values == 0) | (values == 1)).all(),
    Space.ONES: lambda values: (values == 1).all(),
    Space.ONE_HOT: lambda values: (values.sum(-1) == 1).all(),
    Space.UNIT_INTERVAL: lambda values: ((values >= 0) & (values <= 1)).all(),
    Space.PROBABILITIES: lambda values: ((values >= 0) & (values <= 1)).all(),
    Space.NON_NEGATIVE: lambda values: (values >= 0).all(),
    Space.CLASS_INDICES: lambda values: (values == values.round()).all(),
}
"""What is so of the values that lie in a space."""


@pytest.mark.parametrize("expression", [line.strip() for line in EXPRESSIONS.strip().split("\n")])
def test_nothing_is_claimed_that_is_not_so(expression: str) -> None:
    torch.manual_seed(0)
    tensor = eval(expression, {"torch": torch, "nn": nn, "F": F, "np": np})
    tensor = torch.as_tensor(tensor)
    for facts in inputs(f"import numpy as np\nv = {expression}\nF.mse_loss(v, y)\n"):
        floating = facts.dtype is DType.FLOAT and tensor.is_floating_point()
        assert floating or facts.dtype in (None, TYPES[tensor.dtype])
        assert facts.shape is None or len(facts.shape) == tensor.dim()
        assert all(size in (None, real) for size, real in zip(facts.shape or (), tensor.shape, strict=False))
        assert facts.space not in HOLDS or bool(HOLDS[facts.space](tensor.double()))


def test_most_types_are_known() -> None:
    lines = [line.strip() for line in EXPRESSIONS.strip().split("\n")]
    known = [inputs(f"import numpy as np\nv = {line}\nF.mse_loss(v, y)\n")[0].dtype for line in lines]
    assert len([dtype for dtype in known if dtype is not None]) > 0.8 * len(lines)
