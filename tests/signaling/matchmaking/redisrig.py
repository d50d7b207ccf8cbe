"""A queue on a real server, driven script by script, at any time one likes."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import redis

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.books import Addressed
from signaling.matchmaking.ledger.changes import Asked, Began, Change, Gathers, Opened, Waits
from signaling.matchmaking.ledger.claims import Answer, Claim
from signaling.matchmaking.ledger.dealings import MovePlayer, Order, Report
from signaling.matchmaking.ledger.ledger import LEADER_LEASE, Lead
from signaling.matchmaking.redis import calls, codec, scripts
from signaling.matchmaking.redis.calls import Call


def per_node(reports: Iterable[Addressed]) -> dict[str, list[Report]]:
    """What each node hears, in order."""
    told: dict[str, list[Report]] = defaultdict(list)
    for node, report in reports:
        told[node].append(report)
    return told


class RedisRig:
    """What a desk does with the server, without a desk."""

    def __init__(self, client: redis.Redis, queue: Queue) -> None:
        self.client = client
        self.queue = queue
        self.prefix = "{" + uuid.uuid4().hex + "}:"
        self.store = ""
        self._log = b"-"
        self._read: dict[str, bytes] = {}
        self._loaded: set[str] = set()

    def run(self, call: Call, node: str, now: float) -> Any:
        (result,) = self.run_all([call], node, now)
        return result

    def run_all(self, todo: Iterable[Call], node: str, now: float) -> list[Any]:
        asks = "0" if self.queue.accept_within is None else "1"
        header = (self.prefix, self.store, node, repr(now), asks, self.queue.most_waiting)
        pipeline = self.client.pipeline(transaction=False)
        for call in todo:
            digest = self._digest(call.script)
            pipeline.evalsha(digest, 1, f"{self.prefix}t", *header, call.arguments, *call.behind)
        return pipeline.execute()

    def _digest(self, script: str) -> str:
        """The name of a script, which the server knows."""
        if script not in self._loaded:
            self.client.script_load(scripts.source(script))
            self._loaded.add(script)
        return scripts.digest(script)

    def beat(
        self, node: str, process: str, now: float, *, leads: bool, estimate: float | None = None
    ) -> Lead:
        call = calls.beat(process, "store", LEADER_LEASE, leads=leads, estimate=estimate)
        self.store, _, lead = codec.read_lead(self.run(call, node, now))
        return lead

    def apply(self, order: Order, node: str, now: float) -> None:
        result = self.run(calls.carry(order), node, now)
        assert result == b"OK" or isinstance(order, MovePlayer)

    def claim(self, claim: Claim, epoch: int, now: float) -> Answer:
        (answer,) = self.claim_all([claim], epoch, now)
        return answer

    def claim_all(self, claims: Iterable[Claim], epoch: int, now: float) -> list[Answer]:
        """Make claims with what is kept of their tickets, as a leader has read it."""
        full = [replace(each, known=self._known(each)) for each in claims]
        return codec.read_answers(self.run(calls.claim(full, epoch), "n1", now))

    def _known(self, claim: Claim) -> tuple[Waits, ...]:
        stored = [self.client.hget(f"{self.prefix}t", name) for name, _ in claim.tickets]
        read = [codec.read_kept_ticket(each, self.queue.name) for each in stored if each]
        return tuple(each for each in read if isinstance(each, Waits))

    def changes(self) -> list[Change]:
        """What the log says that has not been read here."""
        found: list[Change] = []
        for name, fields in self.client.xrange(f"{self.prefix}log", min=self._log):
            self._log = b"(" + name
            found += codec.read_changes(fields[b"c"], self.queue.name)
        return found

    def reports(self, *nodes: str) -> dict[str, list[Report]]:
        """What nodes were told that has not been read here."""
        asks = self.queue.accept_within is not None
        told: dict[str, list[Report]] = defaultdict(list)
        for node in nodes:
            start = self._read.get(node, b"-")
            for name, fields in self.client.xrange(f"{self.prefix}out:{node}", min=start):
                self._read[node] = b"(" + name
                told[node] += codec.read_reports(fields, self.queue.name, asks=asks)
        return told

    def whole(self) -> set[Change]:
        """All that is kept, as a leader reads it that takes over."""
        name = self.queue.name
        tickets = self.client.hgetall(f"{self.prefix}t").values()
        claims = self.client.hgetall(f"{self.prefix}m").values()
        openings = self.client.hgetall(f"{self.prefix}o").values()
        parties = self.client.hgetall(f"{self.prefix}p").items()
        found: list[Waits | Asked | Began | Opened | Gathers | Change] = [
            *(codec.read_kept_ticket(each, name) for each in tickets),
            *(codec.read_kept_claim(each, name) for each in claims),
            *(codec.read_kept_opening(each) for each in openings),
            *(codec.read_kept_party(*each) for each in parties),
        ]
        return {repr(each) for each in found}  # type: ignore[misc]
