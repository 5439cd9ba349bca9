from torch import nn

model = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()


def train(loader, others):
    step = 0
    for x, y in loader:
        step += 1
        if step % 100 == 0:
            for a, b in others:
                loss = criterion(model(a), b)  # expect: LG101
    return loss


def epochs(loader, others, number):
    counter, every = 0, 40
    for epoch in range(number):
        for x, y in loader:
            counter += 1
            if counter % every == 0:
                loss = criterion(model(x), y)  # expect: LG101
    return loss


def in_the_end(loader):
    seen = 0
    while seen < 1_000:
        seen += 32
    if seen > 500:
        return criterion(model(loader.x), loader.y)  # expect: LG101
