"""Calls to language models: roles, endpoints, rate limits, the store of finished calls, prompts and their answers."""
