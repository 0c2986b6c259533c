"""Simulations: do conversations with language models read like people's, and do they teach the same?"""
