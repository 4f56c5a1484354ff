"""The simulator's HTTP interface, for the server and for those who talk to it: its routes and its own headers.

Routes (an API's NAME is one path segment, written as `urllib.parse.quote(name, safe="")`):

    GET  /                                  a page that lists the APIs; /__simulator__/NAME is a page for each
    GET  /health, /metrics                  whether it is up; counters in Prometheus' text form
    GET  /NAME                              the manifest: name, description, functions
    GET  /NAME/openapi.json                 the API's document, with this server as its server
    *    /NAME/...                          the API itself
    PUT  /__simulator__/NAME/session        restart this conversation: {"instruction": what the user is after,
                                            "now": "2025-03-14T09:30:00", "history": whether the model is shown all}
    POST /__simulator__/NAME/session        {"said": what the user says later on}
    GET  /__simulator__/NAME/state          what this conversation has created, changed and deleted
    GET  /__simulator_cache__/open/NAME     show the model all of this conversation from now on
    GET  /__simulator_cache__/close/NAME    stop that, and forget the conversation: history, state and all
    GET  /__simulator_cache__/clear/NAME    forget the conversation, but keep showing what is said from now on
    POST /__mcp__/NAME?session=ID           with --mcp: the API as an MCP server (streamable HTTP)

`X-Simulator-Session: ID` (1 to 200 printable ASCII characters) says which conversation a request belongs to. What is
created, changed and deleted is remembered per conversation and API, whether or not its history is open; two
conversations never see each other. What the user is after is told to those who play the API, so that what the user
names exists; no answer, page or log shows it. Without the header a request belongs to no conversation. NAME may be
`__ALL__` in the cache routes, which act on the conversation that the header names and do nothing without one.

Every answer of an API carries `X-Simulator-Source`: `llm` (a model gave it), `schema` (derived from the document, as
are refusals of wrong requests) or `cache` (given before). A response that is not an API's answer carries
`X-Simulator-Error: CODE` and never `X-Simulator-Source`: 503 `endpoint-failed` (the language model gave nothing) or
`internal`, 404 `replay-miss`, `unknown-api` or `no-document`, 401 `token` (the simulator was started with `--token` and
the request has none), 403 `host` (without a token it answers under names of its own machine only) or `origin` (a page
of another site sent the request), 400 `session` (the header that names the conversation is malformed). A caller that
scores conversations must leave those out.

`X-Simulator-Unfit: yes` marks an answer that does not fit the schema it was derived from: some contradict themselves.
`X-Simulator-Run` is another value after each start of the simulator, which then has forgotten what conversations did.
"""

SESSION_HEADER = "X-Simulator-Session"
TOKEN_HEADER = "X-Simulator-Token"
SOURCE_HEADER = "X-Simulator-Source"
ERROR_HEADER = "X-Simulator-Error"
RUN_HEADER = "X-Simulator-Run"
UNFIT_HEADER = "X-Simulator-Unfit"
