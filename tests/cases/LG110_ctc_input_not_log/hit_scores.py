import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn import CTCLoss
from torch.nn.functional import ctc_loss as ctc


class Recognizer(nn.Module):
    def __init__(self, n_symbols):
        super().__init__()
        self.rnn = nn.LSTM(40, 128)
        self.head = nn.Linear(128, n_symbols)

    def forward(self, frames):
        states, _ = self.rnn(frames)
        return self.head(states)


class Speller(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(40, 30), nn.Softmax(dim=-1))

    def forward(self, frames):
        return self.body(frames)


def raw_scores(frames, labels, frame_lengths, label_lengths):
    scores = Recognizer(30)(frames)
    return F.ctc_loss(scores, labels, frame_lengths, label_lengths)  # expect: LG110


def probabilities(frames, labels, frame_lengths, label_lengths):
    criterion = nn.CTCLoss(blank=0, zero_infinity=True)
    return criterion(Speller()(frames), labels, frame_lengths, label_lengths)  # expect: LG110


def transposed(frames, labels, frame_lengths, label_lengths):
    scores = Recognizer(30)(frames).permute(1, 0, 2)
    return CTCLoss()(scores, labels, frame_lengths, label_lengths)  # expect: LG110


def by_name(frames, labels, lengths, label_lengths):
    scores = Recognizer(30)(frames)
    return ctc(
        log_probs=torch.sigmoid(scores),  # expect: LG110
        targets=labels,
        input_lengths=lengths,
        target_lengths=label_lengths,
    )


def native(frames, labels, lengths, label_lengths):
    probs = Recognizer(30)(frames).softmax(2)
    return torch.ctc_loss(probs, labels, lengths, label_lengths)  # expect: LG110


class Trainer:
    def __init__(self, model: Recognizer):
        self.model = Recognizer(100)
        self.ctc = N.CTCLoss(reduction="sum")

    def step(self, batch):
        frames, labels, lengths, label_lengths = batch
        out = self.model(frames)
        return self.ctc(out, labels, lengths, label_lengths)  # expect: LG110
