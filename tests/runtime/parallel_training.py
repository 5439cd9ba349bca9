"""A process of several that train one model; run by ``test_fits_in.py``.

It is given its rank, the way, the file where all meet, the rank that errs, and the seconds after which it
says where it stands and ends, whatever it waits for.

The model is let go of before the process group is: the destructor of DDP's reducer, where it holds the last
reference, joins gloo's thread with the interpreter locked, while that thread waits for the interpreter to
drop what its last work held, and neither goes on (seen in torch 2.13; pytorch/pytorch#56297).
"""

from __future__ import annotations

import faulthandler
import sys
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

import lossguard


def main(rank: int, way: str, file: str, bad: int, patience: int) -> None:
    faulthandler.dump_traceback_later(patience, exit=True)
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{file}", rank=rank, world_size=2, timeout=timedelta(seconds=60)
    )
    train(rank, way, bad)
    distributed.destroy_process_group()


def train(rank: int, way: str, bad: int) -> None:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 5))
    model: nn.Module = net
    if way == "ddp":
        model = DistributedDataParallel(net)
    else:
        fully_shard(net)
    criterion = lossguard.guard(nn.CrossEntropyLoss())
    inputs = torch.randn(8, 4)
    for step in range(3):
        labels = torch.arange(8) % 5
        if rank == bad and step == 1:
            labels[3] = 7
        criterion(model(inputs), labels).backward()
    try:
        criterion(model(inputs).softmax(1), torch.arange(8) % 5)
    except lossguard.LossGuardError as error:
        print(f"rank {rank} done, {error.code}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
