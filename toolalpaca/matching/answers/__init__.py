"""Rules on answers: what was shown supports each statement, and all that was asked for is answered."""
