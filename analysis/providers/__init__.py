"""Which provider is better: arms measured side by side, paired by scenario and repeat."""
