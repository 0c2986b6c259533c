"""Free-form texts: how a model's differ from people's, pair by pair or as two heaps."""
