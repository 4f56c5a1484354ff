"""Stage 5: a web server that plays every API of a file, with a language model or from the document alone."""
