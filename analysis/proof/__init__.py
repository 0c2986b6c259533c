"""What simulation says of the error rates, coverage and power that the statistics claim: `python -m analysis.proof`."""
