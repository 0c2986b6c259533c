"""What the offline actor is made of: its phrases, its moves, and the faults it plants."""
