"""A language server: findings as you type, with the rule's explanation, the value's way, and quick fixes."""
