"""The other data types that language models make: task labels, preferences, instructions, free-form texts."""
