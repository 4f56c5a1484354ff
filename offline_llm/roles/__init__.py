"""The roles that the pipeline's prompts ask for, one module each: writers, user, assistant, simulator, judge."""
