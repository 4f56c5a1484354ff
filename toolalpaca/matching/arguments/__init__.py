"""Rules on calls: what was said or shown supports each argument, and each call does what was asked."""
