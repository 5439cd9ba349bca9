from torch.nn import functional as F

import shop


def step(words, tags):
    model = shop.Tagger()
    scores = model(words)
    return F.cross_entropy(scores.view(-1, 7), tags.view(-1))  # expect: LG101
