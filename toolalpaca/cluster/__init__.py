"""A stage's work spread over Ray actors: the same code as in one process, with one desk for what all must agree on."""
