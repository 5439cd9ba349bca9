"""The guard: looks at the tensors that reach a loss, and compares them with its contract."""
