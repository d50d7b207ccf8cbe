"""The report: verdict and document."""

import json

from relay.doctor.findings import Diagnosis, Finding, Outcome, Report, Step
from relay.fivetuple import Transport

WELL = Finding(Step.BINDING, Outcome.OK, "it sees us", seconds=0.01234)
RELAYED = Finding(Step.ALLOCATION, Outcome.OK)
NOTED = Finding(Step.PERMISSION, Outcome.NOTED, "it denies x", "Allow it.")
BROKEN = Finding(Step.ALLOCATION, Outcome.FAILED, "no port is left", "Widen it.")


def diagnosis(*findings: Finding, transport: Transport = Transport.UDP) -> Diagnosis:
    return Diagnosis("h:1", transport, findings)


def test_the_verdict_is_one_sentence() -> None:
    tcp = diagnosis(BROKEN, transport=Transport.TCP)
    assert Report((diagnosis(WELL, RELAYED),)).verdict == "It relays, over UDP."
    assert Report((diagnosis(WELL),)).verdict.startswith("It answers STUN, over UDP.")
    assert Report((diagnosis(BROKEN),)).verdict == "No port is left."
    assert Report((diagnosis(NOTED),)).verdict == "It relays, with one reservation: it denies x."
    assert (
        Report((diagnosis(WELL), tcp)).verdict
        == "Works over UDP, but not over TCP: no port is left."
    )


def test_what_failed_is_worse_than_what_is_noted() -> None:
    assert diagnosis(NOTED, BROKEN).worst is BROKEN
    assert diagnosis(WELL).worst is None
    assert diagnosis(NOTED).is_well
    assert not diagnosis(NOTED, BROKEN).is_well


def test_the_document_has_every_step() -> None:
    document = json.loads(json.dumps(Report((diagnosis(WELL, BROKEN),)).document()))
    assert (document["version"], document["ok"]) == (1, False)
    (server,) = document["servers"]
    assert server["transport"] == "udp"
    assert server["steps"][0] == {
        "step": "Binding",
        "outcome": "ok",
        "what": "it sees us",
        "remedy": None,
        "seconds": 0.0123,
    }
    assert server["steps"][1]["remedy"] == "Widen it."
