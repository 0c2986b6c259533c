"""Instruction data: triples of instruction, input and output, scanned for corruptions."""
