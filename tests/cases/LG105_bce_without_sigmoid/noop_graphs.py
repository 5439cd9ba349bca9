import dgl.nn as dglnn
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_geometric.nn as gnn


class Scale(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.inner(x) * self.scale


def train(g, x, edges, y, options, activation, unknown):
    F.binary_cross_entropy(torch.sigmoid(gnn.GCNConv(8, 1)(x, edges)), y)  # silent: a sigmoid
    F.binary_cross_entropy(dglnn.GraphConv(8, 1, activation=torch.sigmoid)(g, x), y)  # silent: its own
    F.binary_cross_entropy(dglnn.SAGEConv(8, 1, "mean", 0.0, True, None, F.sigmoid)(g, x), y)  # silent: likewise
    F.binary_cross_entropy(dglnn.GraphConv(8, 1, activation=activation)(g, x), y)  # silent: not known
    F.binary_cross_entropy(dglnn.GraphConv(**options)(g, x), y)  # silent: it may have an activation
    F.binary_cross_entropy(dglnn.APPNPConv(3, 0.1)(g, x), y)  # silent: it keeps what it averages
    F.binary_cross_entropy(dglnn.GATConv(8, 1, 1)(g, x, get_attention=True)[1], y)  # silent: the attention
    F.binary_cross_entropy(gnn.MessagePassing()(x, edges), y)  # silent: not known
    F.binary_cross_entropy(Scale(unknown)(x), y)  # silent: what is scaled may be zero or more
    F.binary_cross_entropy_with_logits(gnn.GATConv(8, 1)(x, edges), y)  # silent: logits
