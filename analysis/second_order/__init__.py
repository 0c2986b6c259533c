"""Second order: does a model trained on the artificial data do worse on human data?"""
