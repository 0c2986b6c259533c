"""The report as a value: what a reader is told, computed and worded; nothing is rendered here."""
