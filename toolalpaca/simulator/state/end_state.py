"""What a conversation has come to: the things it created, changed and deleted, whatever the route and the order."""

from typing import Any, TypedDict

from toolalpaca.simulator.state.resources import Resource, SessionResources


class StateEntry(TypedDict, total=False):
    """One thing. `given` is what the client said of it, `actions` what it did with it by the operation's name, `known`
    what answers said of it, `owners` the things it belongs to, by noun, `found_by` what was asked for when a list first
    showed it."""

    noun: str
    keys: list[str]
    given: dict[str, Any]
    actions: dict[str, dict[str, Any]]
    owners: dict[str, str]
    known: dict[str, Any]
    found_by: dict[str, Any]


class EndState(TypedDict):
    """All that a conversation did to an API's things."""

    created: list[StateEntry]
    changed: list[StateEntry]
    deleted: list[StateEntry]


def end_state(resources: SessionResources) -> EndState:
    """Return what has been done. What was created and deleted again has left no trace."""
    known = resources.all()
    return {"created": [_entry(one) for one in known if one.created],
            "changed": [_entry(one) for one in known if not one.created and (one.changed or one.actions)],
            "deleted": [_entry(one) for one in resources.deleted()]}


def _entry(resource: Resource) -> StateEntry:
    return {"noun": resource.noun, "keys": sorted(resource.keys), "given": dict(resource.given),
            "actions": {name: dict(given) for name, given in resource.actions.items()},
            "owners": dict(resource.owners), "known": {**resource.found_by, **resource.fields},
            "found_by": dict(resource.found_by)}
