"""An explanation as one JSON document whose keys stay as they are (docs/peer.md lists them)."""

from typing import Any

from peer.explanation.addresses import words
from peer.explanation.diagnosed import Diagnosed, Foretold
from peer.explanation.findings import (
    CandidateStory,
    Explanation,
    Finding,
    NatStory,
    PairStory,
    Possible,
    ServerStory,
)

VERSION = 1


def document(explanation: Explanation) -> dict[str, Any]:
    """The explanation in strings, numbers, lists and dictionaries; times are seconds."""
    return {
        "version": VERSION,
        "verdict": explanation.verdict.value,
        "summary": explanation.summary,
        "taken_at": _seconds(explanation.taken_at),
        "findings": [_finding(one) for one in explanation.findings],
        "advice": list(explanation.advice),
        "nats": {one.side.value: _nat(one) for one in explanation.nats},
        "servers": [_server(one) for one in explanation.servers],
        "candidates": [_candidate(one) for one in explanation.candidates],
        "pairs": [_pair(one) for one in explanation.pairs],
        "restarts": list(explanation.restarts),
        "foretold": _foretold(explanation.foretold),
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "cause": one.cause.value,
        "side": None if one.side is None else one.side.value,
        "certainty": one.certainty.value,
        "source": one.source.value,
        "matters": one.matters,
        "text": one.text,
        "help": one.help or None,
        "pairs": list(one.pairs),
        "addresses": [words(address) for address in one.addresses],
        "server": one.server,
        "at": _seconds(one.at),
    }


def _nat(one: NatStory) -> dict[str, Any]:
    return {
        "present": one.present,
        "public": list(one.public),
        "mapping": _possible(one.mapping),
        "filtering": _possible(one.filtering),
        "keeps_ports": one.keeps_ports,
        "pooling_paired": one.pooling_paired,
        "carrier": one.carrier,
        "udp": one.udp,
        "diagnosis": None if one.diagnosed is None else _diagnosed(one.diagnosed),
    }


def _possible(one: Possible) -> dict[str, Any]:
    return {
        "possible": [value.value for value in one.values],
        "certainty": one.certainty.value,
        "source": one.source.value,
    }


def _diagnosed(one: Diagnosed) -> dict[str, Any]:
    return {
        "version": one.version,
        "started": one.started,
        "age": one.age,
        "local": one.local,
        "external": list(one.external),
        "udp": one.udp,
        "translated": one.translated,
        "mapping": [value.value for value in one.mapping],
        "filtering": [value.value for value in one.filtering],
        "pooling": None if one.pooling is None else one.pooling.value,
        "hairpinning": None if one.hairpinning is None else one.hairpinning.value,
        "carrier": one.carrier,
        "double": one.double,
        "rewrites": one.rewrites,
        "lifetime": one.lifetime,
    }


def _foretold(one: Foretold | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "path": one.path,
        "certainty": one.certainty,
        "agreement": one.agreement.value,
        "text": one.text,
    }


def _server(one: ServerStory) -> dict[str, Any]:
    return {
        "url": one.url,
        "candidates": [words(address) for address in one.candidates],
        "at": _seconds(one.at),
        "finding": None if one.finding is None else _finding(one.finding),
    }


def _candidate(one: CandidateStory) -> dict[str, Any]:
    return {
        "side": one.side.value,
        "type": one.type.value,
        "address": words(one.address),
        "at": _seconds(one.at),
        "server": one.server,
        "note": one.note or None,
    }


def _pair(one: PairStory) -> dict[str, Any]:
    return {
        "id": one.id,
        "local": {"type": one.local.type.value, "address": words(one.local.address)},
        "remote": {"type": one.remote.type.value, "address": words(one.remote.address)},
        "priority": one.priority,
        "sent": one.sent,
        "answered": one.answered,
        "heard": one.heard,
        "round_trip": one.round_trip,
        "worked": one.worked,
        "finding": _finding(one.finding),
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
