"""The simulator's own HTTP headers, for the server and those who talk to it; the package's docstring explains each."""

SESSION_HEADER = "X-Simulator-Session"
TOKEN_HEADER = "X-Simulator-Token"
SOURCE_HEADER = "X-Simulator-Source"
ERROR_HEADER = "X-Simulator-Error"
RUN_HEADER = "X-Simulator-Run"
UNFIT_HEADER = "X-Simulator-Unfit"
