"""Stage 9: cases made from runs and golden answers, a judge, scorers that need no model, and statistics."""
