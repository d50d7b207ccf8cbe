"""A second opinion in the words of RFC 3489, by pystun3, which is kept where it can be stopped.

pystun3 blocks, loops for ever on some answers and crashes on others. So it runs in a process of its own, which is killed
at its deadline (`in_process`). Where there can be no process, as in the simulator, a thread does it (`in_thread`): the
worker counts what is sent and looks at the clock itself, so that this one ends as well.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from nat.discovery.classicworker import Question, ask
from nat.discovery.diagnosis import Diagnosis, other_address
from nat.discovery.surroundings import Classic
from stunwire import Address, Family

WAIT: Final = 0.5
"""Seconds that one of its packets is waited for: with four of them for each test, a port-restricted NAT takes 4 s."""
GRACE: Final = 1.0
"""Seconds for a process to begin and to end, beside those for its work."""
PATIENCE: Final = 1.5
"""Seconds in which a server must answer us until pystun3 may ask it."""
MARGIN: Final = 1.0
"""Seconds before the deadline at which it is stopped."""
_MOST_SAID: Final = 200

Worker = Callable[[Question], Awaitable[Classic]]


async def run(diagnosis: Diagnosis) -> None:
    """Let pystun3 ask a server of IPv4: the first that names another address, which it needs, or any that answers."""
    targets = [each for each in diagnosis.udp if each.family is Family.IPV4]
    heard = await asyncio.gather(*(diagnosis.first_answer(each, PATIENCE) for each in targets))
    answering = [(each, asked) for each, asked in zip(targets, heard, strict=True) if asked]
    able = [pair for pair in answering if other_address(*pair) is not None]
    for target, asked in (able or answering)[:1]:
        diagnosis.recorder.tell(f"pystun3, {target.name}")
        seconds = max(diagnosis.plan.deadline - diagnosis.recorder.now() - MARGIN, MARGIN)
        local = diagnosis.recorder.local(asked.socket).host
        said = await ask_classic(target.address, local, seconds=seconds)
        diagnosis.recorder.observe(said)


async def ask_classic(
    server: Address, local: str, *, seconds: float, wait: float = WAIT, worker: Worker | None = None
) -> Classic:
    """Ask pystun3 what it thinks; whatever happens to it is in the answer.

    Args:
        server: whom it asks.
        local: our own address towards the server.
        seconds: after which it is stopped.
        wait: seconds that it waits for the answer to one packet.
        worker: where it works; a process of its own unless something else is said.
    """
    if server.family is not Family.IPV4:
        return Classic(server=server, failure="pystun3 speaks IPv4 alone")
    question = Question(server=server, local=local, wait=wait, seconds=seconds)
    return await (worker or in_process)(question)


async def in_thread(question: Question) -> Classic:
    """Let a thread do it, which ends by itself a little after the deadline."""
    return await asyncio.to_thread(ask, question)


async def in_process(question: Question) -> Classic:
    """Let a process do it, and kill that at the deadline."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "nat.discovery.classicworker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return _failed(question, f"its process could not be started: {error.strerror or error}")
    try:
        async with asyncio.timeout(question.seconds + GRACE):
            answer, said = await process.communicate(msgspec.json.encode(question))
    except TimeoutError:
        return _failed(question, "it had to be killed: it took too long", question.seconds + GRACE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _read(question, answer, said)


def _read(question: Question, answer: bytes, said: bytes) -> Classic:
    try:
        return msgspec.json.decode(answer, type=Classic)
    except msgspec.MsgspecError:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        return _failed(question, f"its process ended without an answer: {last[:_MOST_SAID]}")


def _failed(question: Question, why: str, seconds: float = 0.0) -> Classic:
    return Classic(server=question.server, failure=why, seconds=seconds)
