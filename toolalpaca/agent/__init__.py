"""Stage 6: the assistant, the user it asks, and the tools it calls, in one conversation per instruction."""
