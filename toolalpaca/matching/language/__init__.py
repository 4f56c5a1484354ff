"""Reading of texts: numbers, units, days, times, codes, verbs, clauses and the choices of an enum."""
