"""What every other package builds on: errors, command-line helpers, text, JSON values and files."""
