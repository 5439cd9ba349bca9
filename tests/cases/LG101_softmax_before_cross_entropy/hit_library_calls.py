import deepspeed
import torch.nn as nn
import torch.utils.checkpoint as checkpointing
from accelerate import Accelerator
from apex import amp
from apex.parallel import DistributedDataParallel
from einops import rearrange
from einops.layers.torch import Rearrange
from lightning.fabric import Fabric
from monai.transforms import Activations
from lossguard.runtime.integrations.accelerate import prepare
from torch.func import functional_call
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.optim.swa_utils import AveragedModel
from transformers import BertPreTrainedModel

criterion = nn.CrossEntropyLoss()


def net():
    return nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))


def prepared(x, y, optimizer, loader):
    accelerator = Accelerator()
    model, optimizer, loader = accelerator.prepare(net(), optimizer, loader)
    loss = criterion(model(x.to(accelerator.device)), y)  # expect: LG101
    model, loader, guarded = prepare(accelerator, net(), loader, criterion)
    loss += guarded(model(x), y)  # expect: LG101
    fabric = Fabric()
    model, optimizer = fabric.setup(net(), optimizer)
    loss += criterion(model(x), y)  # expect: LG101
    model, optimizer = amp.initialize(net(), optimizer, opt_level="O1")
    model = DistributedDataParallel(model)
    loss += criterion(model(x), y)  # expect: LG101
    engine, _, _, _ = deepspeed.initialize(model=AveragedModel(net()), optimizer=optimizer)
    return loss + criterion(engine(x), y)  # expect: LG101


def called(x, y, parameters):
    loss = criterion(checkpointing.checkpoint(net(), x, use_reentrant=False), y)  # expect: LG101
    loss += criterion(checkpointing.checkpoint_sequential(net(), 2, x), y)  # expect: LG101
    loss += criterion(nn.parallel.data_parallel(net(), x, range(2)), y)  # expect: LG101
    loss += criterion(nn.parallel.data_parallel(net(), (x,), device_ids=[0]), y)  # expect: LG101
    return loss + criterion(functional_call(net(), parameters, (x,)), y)  # expect: LG101


def moved(x, y):
    mask = nn.Conv2d(3, 5, 1)(x).softmax(dim=1)
    loss = criterion(rearrange(mask, "b c h w -> (b h w) c"), y)  # expect: LG101
    loss += criterion(Rearrange("b c h w -> b c (h w)")(mask), y)  # expect: LG101
    return loss + criterion(Activations(softmax=True)(nn.Linear(4, 3)(x)), y)  # expect: LG101


def packed(x, y, lengths):
    sequences = pack_padded_sequence(net()(x), lengths, batch_first=True)
    loss = criterion(sequences.data, y)  # expect: LG101
    padded, _ = pad_packed_sequence(sequences, batch_first=True)
    return loss + criterion(padded.view(-1, 3), y)  # expect: LG101


class OwnForSequenceClassification(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.head = nn.Sequential(nn.Linear(8, 2), nn.Softmax(dim=-1))

    def forward(self, states, labels):
        return self.loss_function(labels=labels, pooled_logits=self.head(states), config=self.config)  # expect: LG101
