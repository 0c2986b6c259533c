"""What the verdicts mean: tables, human reference profiles, comparisons, reports."""
