"""Stage 7: training examples made from conversations, in the formats that trainers read."""
