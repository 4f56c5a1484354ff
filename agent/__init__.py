"""The assistant: prompt forms, parser, tools, HTTP requests, the user it asks, the loop, and the models behind it."""
