from .exist import ExistHead, ScoreHead

__all__ = ["ExistHead", "ScoreHead"]
