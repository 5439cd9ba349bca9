from project.losses import make
from project.models.nets import Net, Scores


def main(loader):
    net, scores, criterion = Net(), Scores(), make()
    for x, y in loader:
        criterion(net(x), y).backward()  # expect: LG101
        criterion(scores(x), y).backward()  # silent: the subclass returns its scores
