"""The HTTP server: the OpenAI protocol, batches, injected faults, and dispatch of prompts to roles."""
