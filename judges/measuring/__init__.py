"""Programs that measure the judges on labelled and planted data, for their cards."""
