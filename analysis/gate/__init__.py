"""The regression gate: a paired comparison of two runs, judge by judge."""
