"""Reading and writing English: words, the values a text mentions, requests, and what a request asks for."""
