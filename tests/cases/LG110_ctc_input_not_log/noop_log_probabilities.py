import torch
import torch.nn as nn
import torch.nn.functional as F


class Recognizer(nn.Module):
    def __init__(self, n_symbols):
        super().__init__()
        self.head = nn.Linear(128, n_symbols)

    def forward(self, frames):
        return self.head(frames)


class LogRecognizer(Recognizer):
    def forward(self, frames):
        return F.log_softmax(super().forward(frames), dim=-1)


def log_softmax(frames, labels, frame_lengths, label_lengths):
    scores = Recognizer(30)(frames)
    return F.ctc_loss(scores.log_softmax(2), labels, frame_lengths, label_lengths)  # silent: log-probabilities


def by_the_model(frames, labels, frame_lengths, label_lengths):
    out = LogRecognizer(30)(frames).transpose(0, 1)
    return nn.CTCLoss()(out, labels, frame_lengths, label_lengths)  # silent: the model takes the logarithm


def by_a_layer(frames, labels, frame_lengths, label_lengths):
    net = nn.Sequential(nn.Linear(40, 30), nn.LogSoftmax(dim=-1))
    return nn.CTCLoss()(net(frames), labels, frame_lengths, label_lengths)  # silent: LogSoftmax


def logarithm_of_a_softmax(frames, labels, frame_lengths, label_lengths):
    probs = Recognizer(30)(frames).softmax(-1)
    return nn.CTCLoss()(torch.log(probs), labels, frame_lengths, label_lengths)  # silent: written as two steps


def clamped_logarithm(frames, labels, frame_lengths, label_lengths):
    probs = Recognizer(30)(frames).softmax(-1).clamp(min=1e-8)
    return nn.CTCLoss()(probs.log(), labels, frame_lengths, label_lengths)  # silent: the logarithm of a clamp


def unknown_model(model, frames, labels, frame_lengths, label_lengths):
    return nn.CTCLoss()(model(frames), labels, frame_lengths, label_lengths)  # silent: nobody knows the model


def mixture(a, b, labels, frame_lengths, label_lengths):
    mixed = 0.5 * a.softmax(-1) + 0.5 * b.softmax(-1)
    return nn.CTCLoss()(mixed.log(), labels, frame_lengths, label_lengths)  # silent: the logarithm of a mixture


def function_of_another_library(frames, labels, frame_lengths, label_lengths, ctc_loss):
    return ctc_loss(Recognizer(30)(frames), labels, frame_lengths, label_lengths)  # silent: warp-ctc takes scores


def normalised_by_a_flag(frames, labels, frame_lengths, label_lengths, normalise):
    out = Recognizer(30)(frames)
    if normalise:
        out = out.log_softmax(2)
    return nn.CTCLoss()(out, labels, frame_lengths, label_lengths)  # silent: one of two ways is right
