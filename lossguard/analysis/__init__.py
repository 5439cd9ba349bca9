"""The static half: from source text to facts about every loss call."""
