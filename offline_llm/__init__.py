"""The offline model: a deterministic, rule-based stand-in for a chat model, served over the OpenAI protocol.

It is not a language model. It recognises the project's own prompts and answers each role's with rules and a small
knowledge base, so that the whole pipeline runs without a key: for first runs, tests and benchmarks.
"""
