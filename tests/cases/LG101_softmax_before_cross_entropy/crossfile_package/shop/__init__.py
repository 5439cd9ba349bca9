from .models import Tagger

__all__ = ["Tagger"]
