"""The offline model's knowledge base: YAML tables of API categories, their operations, and the values they use."""
