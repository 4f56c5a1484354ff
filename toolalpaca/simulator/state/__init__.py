"""What a conversation has created, changed and deleted, and how later answers show it."""
