"""What the stages share: records, the language-model client, the store of finished calls, OpenAPI, the command line."""
