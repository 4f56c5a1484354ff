"""What people said and what calls have shown: evidence, things with their values, and what follows in one step."""
