"""The figures of "Under the Surface" (arXiv 2401.14698), computed again from the data at hand."""
