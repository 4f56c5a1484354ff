"""The text format of conversations, for writing and parsing: prompt forms, turns, steps, observations and outcomes."""
