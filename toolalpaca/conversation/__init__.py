"""The text format of conversations, written and read back: prompt forms, turns, steps, observations, outcomes."""
