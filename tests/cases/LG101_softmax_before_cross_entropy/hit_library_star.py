from fastai.vision.all import *


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return F.softmax(self.head(x), dim=1)


def train(loaders, x, y):
    learner = Learner(loaders, Net(), loss_func=CrossEntropyLossFlat())  # expect: LG101
    learner.fit(1)
    return nn.CrossEntropyLoss()(Net()(x), y)  # expect: LG101
