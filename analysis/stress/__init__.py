"""What stress does to a simulation: artifact rates by dose, when they begin, whether the speaker comes back."""
