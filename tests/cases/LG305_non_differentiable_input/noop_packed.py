import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

net = nn.LSTM(8, 5)
head = nn.Linear(5, 5)
criterion = nn.CrossEntropyLoss()
labels = torch.randint(0, 5, (9,))

packed = pack_padded_sequence(head(x), lengths, enforce_sorted=False)
criterion(packed.data, labels).backward()  # silent: the data of a PackedSequence have their gradient
criterion(pack_sequence([head(x), head(y)]).data, labels).backward()  # silent: likewise

out, _ = net(pack_padded_sequence(x, lengths))
criterion(out.data, labels).backward()  # silent: likewise
out, _ = net(sequences)
criterion(out.data, labels).backward()  # silent: it may be one
