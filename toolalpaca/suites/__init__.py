"""Published benchmarks of tool use: their cases as records, and their own checkers for a model's calls."""
