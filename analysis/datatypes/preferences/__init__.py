"""Preferences: which of two answers people chose, and which a language model did."""
