"""The state of conversations: what each has created, changed and deleted, and how later answers show it."""
