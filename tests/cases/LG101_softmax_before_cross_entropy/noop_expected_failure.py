import unittest

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F


def test_a_guard_refuses_probabilities(checked):
    probs = torch.softmax(torch.randn(4, 3), dim=1)
    with pytest.raises(ValueError, match="probabilities"):
        checked(F.cross_entropy)(probs, torch.tensor([0, 1, 2, 0]))
    with pytest.raises(ValueError):
        F.cross_entropy(probs, torch.tensor([0, 1, 2, 0]))  # silent: the test waits for it to fail


class TestMisuse(unittest.TestCase):
    def test_warns(self):
        criterion = nn.CrossEntropyLoss()
        with self.assertWarns(UserWarning), torch.no_grad():
            criterion(nn.Softmax(dim=1)(torch.randn(4, 3)), torch.zeros(4).long())  # silent: waits for a warning
