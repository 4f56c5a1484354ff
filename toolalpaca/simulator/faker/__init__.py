"""Made-up values that fit a JSON Schema, realistic and the same for the same request."""
