import pytorch_lightning as pl
import torch.nn as nn

class Base(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch, idx):
        x, y = batch
        return self.criterion(self(x), y)  # expect: LG101
