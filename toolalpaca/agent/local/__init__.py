"""Local models: a Hugging Face model in this process as the assistant."""
