"""Whether UDP gets through at all, and on which ports."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from nat.discovery.findings import Finding, known, unknown
from nat.discovery.judging.reading import Reading, plural
from nat.discovery.judging.silence import SURE, unanswered
from nat.discovery.transactions import Purpose, Transaction, Transport
from stunwire import Family

_SEVERAL: Final = 2
_BAD_PATH: Final = 0.3
_OWN: Final = frozenset({Purpose.HAIRPIN_ASK, Purpose.LIFETIME_SEND})


def judge_udp(reading: Reading, family: Family) -> Finding[bool]:
    """Find out whether UDP gets out, and back in."""
    asked = _asked(reading, family)
    if any(each.answers for each in asked):
        servers = {each.server for each in asked if each.answers}
        tests = sum(bool(each.answers) for each in asked)
        return known(value=True, why="servers answered", tests=tests, servers=len(servers))
    if not asked:
        streams = any(reading.of(family, each) for each in (Transport.TCP, Transport.TLS))
        return unknown(f"no server {'was asked over UDP' if streams else 'could be asked'}")
    silent = [each for each in asked if unanswered(each)]
    if not silent:
        failures = [f"{each.failure} ({each.server})" for each in asked if each.failure]
        return unknown(failures[0] if failures else "the diagnosis ended before an answer was due")
    hosts = {each.target.host for each in silent}
    if not _is_no_loss(silent):
        return unknown("too little was asked: the silence may be loss")
    alive = hosts & _alive_over_tcp(reading, family)
    if alive:
        why = f"{min(alive)} answers over TCP and not over UDP"
        return known(value=False, why=why, tests=len(silent), servers=len(hosts))
    if len(hosts) >= _SEVERAL and reached_otherwise(reading, family):
        why = f"{len(hosts)} servers did not answer over UDP, and TCP gets out"
        return known(value=False, why=why, tests=len(silent), servers=len(hosts))
    return unknown(
        f"{plural(len(hosts), 'server')} did not answer: that may be the server"
        f"{'s' * (len(hosts) != 1)} or the way there"
    )


def _asked(reading: Reading, family: Family) -> list[Transaction]:
    return [each for each in reading.of(family) if each.server and each.purpose not in _OWN]


def _is_no_loss(silent: Sequence[Transaction]) -> bool:
    """Where nothing was ever answered, no loss could be measured: a bad path is taken for granted."""
    return _BAD_PATH ** min(sum(unanswered(each) for each in silent), 1000) < SURE


def _alive_over_tcp(reading: Reading, family: Family) -> set[str]:
    return {
        each.target.host
        for transport in (Transport.TCP, Transport.TLS)
        for each in reading.of(family, transport)
        if reading.genuine(each)
    }


def reached_otherwise(reading: Reading, family: Family) -> bool:
    """Whether anything was reached by TCP."""
    return bool(_alive_over_tcp(reading, family)) or any(
        each.reached_at is not None and each.target is not None and each.target.family is family
        for each in reading.evidence.attempts
    )


def judge_udp_ports(reading: Reading) -> dict[int, Finding[bool]]:
    """Find out on which ports UDP gets through. One silent server proves nothing of a port."""
    by_port: dict[int, list[Transaction]] = defaultdict(list)
    for family in Family:
        for each in _asked(reading, family):
            by_port[each.target.port].append(each)
    works = any(each.answers for asked in by_port.values() for each in asked)
    return {port: _port(asked, works=works) for port, asked in sorted(by_port.items())}


def _port(asked: Sequence[Transaction], *, works: bool) -> Finding[bool]:
    answered = [each for each in asked if each.answers]
    if answered:
        servers = len({each.server for each in answered})
        return known(value=True, why="servers answered", tests=len(answered), servers=servers)
    # who was only tried on it need not listen there
    own = [each for each in asked if each.purpose is not Purpose.OTHER_PORT]
    silent = [each for each in own if unanswered(each)]
    hosts = {each.target.host for each in silent}
    if works and len(hosts) >= _SEVERAL and _is_no_loss(silent):
        why = f"{len(hosts)} servers did not answer on it, while UDP gets through elsewhere"
        return known(value=False, why=why, tests=len(silent), servers=len(hosts))
    return unknown("nobody answered on it, which may be the servers' doing", tests=len(silent))
