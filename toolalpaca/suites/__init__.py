"""Published tests of tool use: their cases as records of ours, their own checkers on the calls a model makes."""
