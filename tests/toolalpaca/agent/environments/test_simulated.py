"""The simulator behind a token: the address carries it, and a wrong one is the user's to correct."""

import json

import pytest
from servers import running

from toolalpaca.agent.environments.interface import ConversationLost
from toolalpaca.agent.environments.simulated import SimulatorClient
from toolalpaca.core.errors import UsageError

DOCUMENT = {"openapi": "3.0.0", "info": {"title": "Lantern", "version": "1"}, "paths": {"/lanterns": {"get": {
    "operationId": "findLanterns", "responses": {"200": {"description": "Found."}}}}}}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulator")
    (folder / "apis.json").write_text(json.dumps([{"Name": "Lantern", "Documentation": json.dumps(DOCUMENT)}]))
    with running(folder, "instance_generation/simulator.py", "-api", folder / "apis.json", "--mode", "schema",
                 "--token", "s3 cret") as url:
        yield url


def test_the_token_in_the_address_opens_the_simulator(address):
    simulator = SimulatorClient(address.replace("//", "//any:s3%20cret@"))
    simulator.check()
    assert simulator.server_url == address
    simulator.conversation("Lantern", "one").begin(use_cache=False)


@pytest.mark.parametrize("credentials", ["", "any:wrong@"])
def test_no_token_and_a_wrong_one_are_the_users_to_mend(address, credentials):
    with pytest.raises(UsageError, match="asks for another token"):
        SimulatorClient(address.replace("//", f"//{credentials}")).check()


def test_a_simulator_that_is_not_there_is_named_by_the_reason_alone():
    with pytest.raises(ConversationLost, match=r"simulator_unavailable: \[Errno \d+\] Connection refused$"):
        SimulatorClient("http://127.0.0.1:9").check()
