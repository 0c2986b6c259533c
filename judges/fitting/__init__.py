"""Programs that fit the figures the judges ship with, from labelled and human data."""
