"""Whether an ICMP error ends a mapping, against RFC 4787 REQ-12: one is provoked at a port where nobody is.

X asks a server and so makes a mapping. Then it sends to another port of that host, from which comes a "port
unreachable" that names X's mapping if there is one for all ports of that host. Y, another socket, has the
server answer to X's external port then: what X hears shows that its mapping lives. Last X asks once more: an
external port that differs shows that it does not.
"""

import asyncio
import secrets
from typing import Final

from nat.discovery.asking import Line
from nat.discovery.diagnosis import Diagnosis
from nat.discovery.question import INSISTENT, Question, Schedule
from nat.discovery.recorder import Asked
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose
from stunwire import Address

TRIALS: Final = 2
KNOCKS: Final = 3
"""Packets to a closed port, at most: each may be lost, and so may the error."""
ONE_KNOCK: Final = Schedule((0.0,), 0.6)
"""Nothing is sent after the error has come: it would make a mapping anew."""
CLOSED: Final = range(33434, 33524)
"""Ports at which traceroute expects nobody, so that firewalls let out what comes of it."""


async def run(diagnosis: Diagnosis) -> None:
    """Try it in each family that is translated."""
    await diagnosis.try_behind_nat(TRIALS, _trial)


async def _trial(diagnosis: Diagnosis, target: Target) -> None:
    asking, trial = diagnosis.asking, diagnosis.recorder.trial()
    x, y = [await asking.open(target.address) for _ in range(2)]
    opening = Question(Purpose.ERROR_OPEN, target.name, target.address)
    here, there = await asyncio.gather(
        *(asking.ask(line, opening, trial, INSISTENT) for line in (x, y))
    )
    if here.mapped is None:
        return
    await _knock(diagnosis, x, target, trial)
    if there.mapped is not None and there.mapped.host == here.mapped.host:
        answering = Question(
            Purpose.ERROR_ASK, target.name, target.address, response_port=here.mapped.port
        )
        await asking.ask(y, answering, trial)
    again = Question(Purpose.ERROR_AGAIN, target.name, target.address)
    await asking.ask(x, again, trial, INSISTENT)


async def _knock(diagnosis: Diagnosis, line: Line, target: Target, trial: int) -> None:
    """Send to where nobody is until that is told."""
    for _ in range(KNOCKS):
        closed = Address(target.address.host, secrets.choice(CLOSED))
        question = Question(Purpose.ERROR_PROVOKE, "", closed)
        asked: Asked = await diagnosis.asking.ask(line, question, trial, ONE_KNOCK)
        if asked.refused:
            return
