"""The artifacts of the offline judges, put to a model as one narrow question each."""
