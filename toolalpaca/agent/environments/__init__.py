"""Environments that execute a conversation's requests: the simulator, real servers, an MCP server, or none."""
