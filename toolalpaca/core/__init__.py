"""What every package builds on: errors, command lines, text, JSON values, files. Knows nothing of APIs or models."""
