import torch.nn as nn


print "CrossEntropyLoss"  # expect: LG901
