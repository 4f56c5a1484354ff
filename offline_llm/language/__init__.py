"""Parsing and writing English: words, values mentioned in a text, requests, and the calls a request asks for."""
