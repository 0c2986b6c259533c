"""Which side of a conversation causes a flag: the same prefix, spoken again with one side's model swapped."""
