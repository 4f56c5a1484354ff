"""Permission to send environment variables to servers: only those named on the command line.

A record may come from someone else. Otherwise `env:NAME` in it could send any variable of this machine to the servers
in that record's document.
"""

import os
from collections.abc import Collection, Iterable, Sequence

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import credentials_of, variables_of
from toolalpaca.agent.environments.live import server_of
from toolalpaca.agent.environments.targets import parse_target
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.core.log import log_line
from toolalpaca.data.record_types import ApiRecord


def check_credentials(records: Sequence[ApiRecord], allowed: Collection[str], endpoint_keys: Iterable[str]) -> None:
    """Print each VARIABLE -> HOST before any request is made.

    Raises UsageError for a variable that is not in `allowed` or that holds a model endpoint's key (`endpoint_keys`),
    and for a missing credential.
    """
    destinations = {variable: hosts for variable, hosts in _destinations(records).items() if hosts}
    own = set(endpoint_keys)
    keys = {os.environ.get(name, "").strip() for name in own} - {""}
    for variable, hosts in destinations.items():
        where = f"{variable} -> {', '.join(hosts)}"
        if variable in own or os.environ.get(variable, "").strip() in keys:
            raise UsageError(f"{where}: this is the key of the model endpoint, which is sent to no API; give the API a "
                             "variable of its own")
        if variable not in allowed:
            raise UsageError(f"{where}: a record asks for this environment variable to be sent there; if that is "
                             f"right, add --credential {variable}")
    for record in records:
        credentials_of(record, real=True)
    for variable, hosts in destinations.items():
        log_line(f"credential {variable} -> {', '.join(hosts)}")


def _destinations(records: Iterable[ApiRecord]) -> dict[str, list[str]]:
    """Return the hosts to which each variable would be sent."""
    found: dict[str, list[str]] = {}
    for record in records:
        variables = variables_of(record)
        for host in _hosts(record) if variables else ():
            for variable in variables:
                hosts = found.setdefault(variable, [])
                if host not in hosts:
                    hosts.append(host)
    return found


def _hosts(record: ApiRecord) -> list[str]:
    """Return the servers of an API's operations; [] for an invalid document."""
    try:
        api = Api(record)
        operations = list(api.operations.values())
    except RecordError:
        return []
    hosts: dict[str, None] = {}
    for operation in operations:
        try:
            hosts[parse_target(server_of(record, api.document, operation)).authority] = None
        except (RecordError, ValueError):
            continue  # no request of this operation will be sent
    return list(hosts)
