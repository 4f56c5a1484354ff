"""HTTP: the OpenAI protocol, batches, faults on demand, and which role answers which prompt."""
