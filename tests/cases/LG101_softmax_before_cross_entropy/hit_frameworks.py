import torch.nn as nn
from catalyst import dl
from fastai.vision.all import CrossEntropyLossFlat, Learner
from ignite.engine import create_supervised_trainer
from ignite.engine import create_supervised_trainer as build
from poutyne import Model
from skorch import NeuralNetClassifier
from torchbearer import Trial


class Net(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, 3), nn.Softmax(dim=1))

    def forward(self, x):
        return self.layers(x)


def with_ignite(optimizer, device):
    model, criterion = Net().to(device), nn.CrossEntropyLoss()
    build(model, optimizer, criterion, device=device)  # expect: LG101
    return create_supervised_trainer(model, optimizer, loss_fn=nn.CrossEntropyLoss())  # expect: LG101


def with_skorch():
    return [
        NeuralNetClassifier(Net, criterion=nn.CrossEntropyLoss, module__hidden=16),  # expect: LG101
        NeuralNetClassifier(module=Net(), criterion=nn.CrossEntropyLoss()),  # expect: LG101
    ]


def with_fastai(loaders):
    return Learner(loaders, Net(), loss_func=CrossEntropyLossFlat())  # expect: LG101


def with_catalyst(loaders, optimizer):
    runner = dl.SupervisedRunner()
    runner.train(
        model=Net(),
        criterion=nn.CrossEntropyLoss(),  # expect: LG101
        optimizer=optimizer,
        loaders=loaders,
    )


def with_others(optimizer):
    Model(Net(), optimizer, nn.CrossEntropyLoss())  # expect: LG101
    return Trial(Net(), optimizer, criterion=nn.CrossEntropyLoss())  # expect: LG101
