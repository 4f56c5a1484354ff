"""Stage 6: conversations between the assistant, the user and the tools, one per instruction."""
