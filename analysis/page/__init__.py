"""The report as one self-contained page; computes nothing."""
