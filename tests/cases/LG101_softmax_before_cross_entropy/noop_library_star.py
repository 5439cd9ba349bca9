from fastai.vision.all import *


class CrossEntropyLossFlat(nn.Module):
    def forward(self, input, target):
        return -(input.log() * target).sum()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return F.softmax(self.head(x), dim=1)


def train(loaders, x, y):
    Learner(loaders, Net(), loss_func=CrossEntropyLossFlat())  # silent: the project's own
    return F.nll_loss(Net()(x).log(), y)  # silent: log-probabilities
