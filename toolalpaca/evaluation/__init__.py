"""Stage 9: cases out of runs and golden answers, the judge, the scorers that need no model, and their statistics."""
