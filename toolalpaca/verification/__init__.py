"""Verification of traces for training: checks of format, execution and semantics (APIGen, arXiv 2406.18518)."""
