"""Faults with a known place and dose, planted in clean conversations to see which judge finds them."""
