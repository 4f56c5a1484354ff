"""Whether a trace can be learned from: checks of format, execution and semantics (APIGen, arXiv 2406.18518)."""
