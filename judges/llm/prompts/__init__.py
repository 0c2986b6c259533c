"""The questions, one module an artifact. A changed word is another version: verdicts name it."""
