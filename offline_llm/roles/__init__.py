"""The roles that the pipeline's prompts ask for: writers, user, assistant, simulator and judge."""
