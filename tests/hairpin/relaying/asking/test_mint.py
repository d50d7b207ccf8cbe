"""`hairpin relay mint`."""

import json
from typing import Any

from stunwire import rest_password


def test_a_minted_credential_is_shown_and_the_secret_is_not(run_relay: Any, running: Any) -> None:
    result = run_relay("mint", "carol", "--ttl", "600", "--admin", str(running.path))
    assert result.output.startswith("Good for 10 min")
    assert "1000000600:carol" in result.output
    assert rest_password("hunter2", "1000000600:carol") in result.output
    assert "hunter2" not in result.output


def test_json_is_one_document(run_relay: Any, running: Any) -> None:
    result = run_relay("mint", "carol", "--json", "--admin", str(running.path))
    document = json.loads(result.output)
    assert document["username"] == "1000003600:carol"
    assert document["realm"] == "lab"
