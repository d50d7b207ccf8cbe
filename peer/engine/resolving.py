"""Remote candidates that come under an mDNS name are looked up, for both address families.

aioice asks for IPv4 alone, and its parser lets errors through. A candidate that does not resolve is
left out, as the draft has it; the remote may still reach us (draft-ietf-mmusic-mdns-ice-candidates §3.2).
"""

import copy
from typing import Any

import aioice

from peer.candidateattribute import is_mdns_name
from peer.engine import mdnsservice
from peer.engine.carrying import CarryingConnection


class ResolvingConnection(CarryingConnection):
    """An ICE agent that looks names up. Arguments are those of `CarryingConnection`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._held: list[mdnsservice.MdnsService] = []

    async def add_remote_candidate(self, remote_candidate: aioice.Candidate | None) -> None:
        """Add a candidate, or the end of them; what follows a name does not wait for it."""
        if remote_candidate is None or not self._is_to_be_resolved(remote_candidate):
            await super().add_remote_candidate(remote_candidate)
            return
        candidate = copy.copy(remote_candidate)
        self._remote_candidates_resolving += 1
        try:
            host = await self._look_up(candidate.host)
            if host is not None and not self._closing:
                self._add_remote_candidate(candidate, host)
        finally:
            self._remote_candidates_resolving -= 1
            if (
                self._remote_candidates_end
                and not self._remote_candidates_resolving
                and not self._closing
            ):
                self._end_remote_candidates()

    async def close(self) -> None:
        """Close everything."""
        await super().close()
        while self._held:
            mdnsservice.release(self._held.pop())

    def _is_to_be_resolved(self, candidate: aioice.Candidate) -> bool:
        """Under the policy `RELAY` a name is passed over: asking would tell the network (§3.2)."""
        relay_only = self._transport_policy is aioice.TransportPolicy.RELAY
        return is_mdns_name(candidate.host) and not self._closing and not relay_only

    async def _look_up(self, name: str) -> str | None:
        try:
            if not self._held:
                self._held.append(await mdnsservice.acquire())
            return await self._held[0].resolve(name)
        except OSError:
            return None  # no multicast here
