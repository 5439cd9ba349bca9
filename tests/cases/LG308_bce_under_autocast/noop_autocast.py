"""Binary cross-entropy where autocast is off, unknown, or of the CPU."""

import contextlib
import functools

import torch
import torch.nn.functional as F
from torch import nn
from torch.cuda.amp import autocast

body = nn.Linear(8, 1)
net = nn.Sequential(body, nn.Sigmoid())
criterion = nn.BCELoss()


def without(x, y):
    return criterion(net(x), y)  # silent: there is no autocast


def on_logits(x, y):
    with autocast():
        return F.binary_cross_entropy_with_logits(body(x), y)  # silent: it takes logits


def behind(x, y):
    with autocast():
        out = net(x)
    return criterion(out.float(), y)  # silent: autocast has ended


def switched_off_inside(x, y):
    with autocast():
        out = net(x)
        with torch.autocast("cuda", enabled=False):
            return criterion(out.float(), y)  # silent: autocast is off


def off_by_position(x, y):
    with autocast(False):
        return criterion(net(x), y)  # silent: autocast is off


@autocast(enabled=False)
def off_by_decorator(x, y):
    return criterion(net(x), y)  # silent: autocast is off


def calls_it_under_autocast(x, y):
    with autocast():
        return off_by_decorator(x, y)


def configured(x, y, config):
    with autocast(enabled=config.amp):
        return criterion(net(x), y)  # silent: it depends on the configuration


def on_the_cpu(x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return criterion(net(x), y)  # silent: torch computes it on a CPU


def of_torch_cpu(x, y):
    with torch.cpu.amp.autocast():
        return criterion(net(x), y)  # silent: torch computes it on a CPU


def on_some_device(x, y, device):
    with torch.autocast(device_type=device):
        return criterion(net(x), y)  # silent: the device is not known


def perhaps(x, y, half):
    context = autocast() if half else contextlib.nullcontext()
    with context:
        return criterion(net(x), y)  # silent: there may be no autocast


def of_a_library(x, y, accelerator):
    with accelerator.autocast():
        return criterion(net(x), y)  # silent: what it does is not known


def in_some_context(x, y, context):
    with autocast(), context():
        return criterion(net(x), y)  # silent: what `context` does is not known


@contextlib.contextmanager
def full_precision():
    with autocast(enabled=False):
        yield


def in_a_context_of_our_own(x, y):
    with autocast(), full_precision():
        return criterion(net(x), y)  # silent: autocast is off


def from_keywords(x, y, options):
    with torch.autocast("cuda", **options):
        return criterion(net(x), y)  # silent: the options may say enabled=False


half_precision = functools.partial(torch.autocast, device_type="cuda", enabled=False)


def from_a_partial(x, y):
    with half_precision():
        return criterion(net(x), y)  # silent: autocast is off
