"""The JSON form has the keys that docs/peer.md lists, and nothing that JSON does not know."""

import json
from typing import Any

from nat import Dependence, Hairpinning
from nat.discovery import FamilyReport, Grade, Outcome, Report, Verdict, findings
from peer.explanation import document, explain
from stunwire import Family

KEYS = {
    "version": int,
    "verdict": str,
    "summary": str,
    "taken_at": float,
    "findings": list,
    "advice": list,
    "nats": dict,
    "servers": list,
    "candidates": list,
    "pairs": list,
    "restarts": list,
    "foretold": type(None),
}


def test_every_key_is_there_and_goes_through_json(failing: Any) -> None:
    made = document(explain(failing.report()))
    assert {key: type(value) for key, value in made.items()} == KEYS
    assert json.loads(json.dumps(made)) == made


def test_unknown_is_not_no(side: Any) -> None:
    nats = document(explain(side().report()))["nats"]
    assert nats["local"]["mapping"]["certainty"] == "unknown"
    assert len(nats["local"]["mapping"]["possible"]) == 3
    assert nats["remote"]["udp"] is None
    assert nats["remote"]["keeps_ports"] is None


def test_a_finding_names_its_evidence(failing: Any) -> None:
    made = document(explain(failing.report()))
    dependent = next(one for one in made["findings"] if one["cause"] == "mapping-dependent")
    assert dependent["addresses"] == ["203.0.113.2:8000", "203.0.113.2:8001"]
    assert dependent["certainty"] == "inferred"
    pair = made["pairs"][0]
    assert pair["finding"]["pairs"] == [pair["id"]]


def test_what_a_diagnosis_knows_stands_beside_what_is_concluded(failing: Any) -> None:
    known = FamilyReport(
        Family.IPV4,
        local="192.168.1.2",
        external=("203.0.113.1",),
        filtering=findings.known(Dependence.ADDRESS_AND_PORT_DEPENDENT, ""),
        hairpinning=findings.known(Hairpinning.NONE, ""),
    )
    report = Report(Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, ""), (), (known,))
    made = document(explain(failing.report(), diagnosis=report, remote_diagnosis=report))
    assert json.loads(json.dumps(made)) == made
    local, remote = made["nats"]["local"], made["nats"]["remote"]
    assert local["filtering"] == {
        "possible": ["address-and-port-dependent"],
        "certainty": "measured",
        "source": "diagnosis",
    }
    assert local["diagnosis"]["external"] == ["203.0.113.1"]
    assert local["diagnosis"]["hairpinning"] == "none"
    assert local["diagnosis"]["mapping"] == []
    assert local["diagnosis"]["carrier"] is None
    assert local["diagnosis"]["age"] is None
    assert remote["diagnosis"] is None  # of another network
    assert made["foretold"].keys() == {"path", "certainty", "agreement", "text"}
