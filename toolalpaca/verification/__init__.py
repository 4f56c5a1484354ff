"""Whether a trace can be trusted: format, execution and semantics, the three stages of APIGen (arXiv 2406.18518), for
calls of HTTP APIs. Every check is a function of the record and the instance; nothing is called."""
