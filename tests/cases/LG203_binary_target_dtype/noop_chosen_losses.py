import torch
import torch.nn as nn
import torch.nn.functional as F


def train(model, loader, device):
    criterion = nn.CrossEntropyLoss() if model.n_classes > 1 else nn.BCEWithLogitsLoss()
    for batch in loader:
        images = batch["image"].to(device=device, dtype=torch.float32)
        masks = batch["mask"].to(device=device, dtype=torch.long)
        predicted = model(images)
        if model.n_classes == 1:
            loss = criterion(predicted.squeeze(1), masks.float())
        else:
            loss = criterion(predicted, masks)  # silent: with more classes the criterion is cross-entropy
        loss.backward()


def focal(output, target, gamma=2.0):
    target = target.type(output.type())
    log_p = F.binary_cross_entropy_with_logits(output, target, reduction="none")  # silent: the output's type
    return ((1 - torch.exp(-log_p)) ** gamma * log_p).mean()


def one_class_after_the_other(predictions, labels):
    loss = 0
    for number in range(predictions.size(1)):
        loss += focal(predictions[:, number, ...], (labels == number).long())
    return loss


def moved_to_the_type_of_another(scores, labels):
    wanted = labels.long().to(scores)
    return F.binary_cross_entropy_with_logits(scores, wanted)  # silent: `to` takes over type and device
