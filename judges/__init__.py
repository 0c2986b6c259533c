"""The judges: each looks for one artifact in a transcript and shows its evidence."""
