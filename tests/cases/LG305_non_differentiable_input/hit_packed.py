import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

net = nn.LSTM(8, 5)
head = nn.Linear(5, 5)
criterion = nn.CrossEntropyLoss()
labels = torch.randint(0, 5, (9,))

packed = pack_padded_sequence(head(x), lengths, enforce_sorted=False)
padded, _ = pad_packed_sequence(packed)
criterion(padded.data, labels).backward()  # expect: LG305
criterion(packed.data.data, labels).backward()  # expect: LG305
out, _ = net(torch.randn(3, 4, 8))
criterion(out.data, labels).backward()  # expect: LG305
