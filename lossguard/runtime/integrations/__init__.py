"""The guard where a framework makes the calls: one small module each, imported by those who use it."""
