"""Two processes (gloo) with bfloat16 autocast, on a CPU: the guard sees through both."""

import tempfile
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

import lossguard

WORLD = 2


def points_and_labels(rank: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rank)
    points = torch.randn(128, 2, generator=generator)
    return points, (points.sum(dim=1, keepdim=True) > 0).float()


def train(rank: int, store: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD)
    torch.manual_seed(0)
    model = DistributedDataParallel(nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1)))
    criterion = lossguard.guard(nn.BCEWithLogitsLoss())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    points, labels = points_and_labels(rank)
    for _ in range(50):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = criterion(model(points), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if rank == 0:
        accuracy = ((model(points) > 0) == labels).float().mean().item()
        print(f"right: {accuracy:.0%}", flush=True)

    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            criterion(model(points).sigmoid(), labels)  # noqa: LG104
    except lossguard.LossGuardError as error:
        if rank == 0:
            print(error, flush=True)
    distributed.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, args=(str(Path(folder) / "store"),), nprocs=WORLD)
