"""The assistant as a Hugging Face model in this process."""
