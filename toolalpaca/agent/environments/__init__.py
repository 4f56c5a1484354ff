"""Where a conversation's requests go: to the simulator, or with `--real` to the servers the documents name."""
