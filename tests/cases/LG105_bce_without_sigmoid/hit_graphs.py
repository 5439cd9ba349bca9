import dgl.nn as dglnn
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_geometric.nn as gnn
from dgl.nn.pytorch.conv import GATConv
from torch_geometric.nn import GCNConv


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = GCNConv(8, 16)
        self.second = GCNConv(16, 1)

    def forward(self, x, edges):
        return self.second(F.relu(self.first(x, edges)), edges)


class Bias(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.inner(x) + self.bias


class Mine(gnn.SAGEConv):
    pass


def train(g, x, edges, y, unknown):
    F.binary_cross_entropy(Net()(x, edges), y)  # expect: LG105
    F.binary_cross_entropy(dglnn.GraphConv(8, 1)(g, x), y)  # expect: LG105
    F.binary_cross_entropy(GATConv(8, 1, num_heads=1)(g, x), y)  # expect: LG105
    F.binary_cross_entropy(gnn.Linear(8, 1)(x), y)  # expect: LG105
    F.binary_cross_entropy(Mine(8, 1)(x, edges), y)  # expect: LG105
    F.binary_cross_entropy(Bias(unknown)(x), y)  # expect: LG105
