"""Comparisons of values as people and programs write them; what a text says, and what supports an answer."""
