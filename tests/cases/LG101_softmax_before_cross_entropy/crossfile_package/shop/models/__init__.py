from .base import Base
from .tagger import Tagger

__all__ = ["Base", "Tagger"]
