"""Stages 1 to 4: the list of APIs, their documents, their descriptions and the instructions for them."""
