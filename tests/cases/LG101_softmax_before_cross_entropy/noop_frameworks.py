import torch.nn as nn
from catalyst import dl
from fastai.vision.all import CrossEntropyLossFlat, Learner
from ignite.engine import create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Loss
from poutyne import Model
from skorch import NeuralNetClassifier, NeuralNetRegressor


class Soft(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))

    def forward(self, x):
        return self.layers(x)


class Raw(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Linear(4, 3)

    def forward(self, x):
        return self.layers(x)


def with_ignite(optimizer, undo):
    soft, raw, criterion = Soft(), Raw(), nn.CrossEntropyLoss()
    create_supervised_trainer(raw, optimizer, criterion)  # silent: logits
    create_supervised_trainer(soft, optimizer, nn.MSELoss())  # silent: takes anything
    create_supervised_trainer(soft, optimizer, criterion, model_transform=undo)  # silent: something in between
    return create_supervised_evaluator(soft, metrics={"loss": Loss(criterion)})  # silent: nothing is trained


def with_skorch(options):
    return [
        NeuralNetClassifier(Soft),  # silent: takes the logarithm itself, for its NLLLoss
        NeuralNetClassifier(Soft, criterion=nn.NLLLoss),  # silent: likewise
        NeuralNetClassifier(Soft, criterion__weight=None, criterion=nn.NLLLoss()),  # silent: likewise
        NeuralNetClassifier(Raw, criterion=nn.CrossEntropyLoss),  # silent: logits
        NeuralNetClassifier(Soft, criterion=options.criterion),  # silent: not known
        NeuralNetRegressor(Soft),  # silent: takes anything
    ]


def with_fastai(loaders):
    Learner(loaders, Soft())  # silent: which loss it takes depends on the data
    return Learner(loaders, Raw(), loss_func=CrossEntropyLossFlat())  # silent: logits


def with_catalyst(loaders):
    runner = dl.SupervisedRunner()
    runner.train(model=Raw(), criterion=nn.CrossEntropyLoss(), loaders=loaders)  # silent: logits
    runner.train(model=Soft(), loaders=loaders)  # silent: no criterion


def with_others(optimizer):
    return Model(Soft(), optimizer, "cross_entropy")  # silent: known by its name to the framework only


class Runner:
    def train(self, model, criterion):
        return model, criterion


def own():
    Runner().train(model=Soft(), criterion=nn.CrossEntropyLoss())  # silent: not known to train
