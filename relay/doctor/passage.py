"""Do packets pass? From a peer of our own to the client and back; and where they do not, between two allocations."""

from relay.doctor.addresses import kind_of
from relay.doctor.client import TurnClient, error_code
from relay.doctor.findings import Finding, Outcome, Step
from relay.doctor.instruments import Instruments, Peer
from stunwire import Address, ChannelNumber, ErrorCodes, Method, XorPeerAddress

CHANNEL = 0x4000
_TRIES, _PATIENCE = 3, 0.4
_OPEN_PORTS = (
    "Open the relay's port range for UDP in its firewall (--min-port to --max-port), and see that "
    "--external-ip is the address that leads to it."
)


class Passage:
    """Packets through one allocation.

    Args:
        client: which holds it.
        instruments: for the peer.
        server: the relay, as it was reached.
        relayed: the relayed address, as announced.
        mapped: the client, as the relay sees it; a peer beside the client comes from the same host.
    """

    def __init__(
        self,
        client: TurnClient,
        instruments: Instruments,
        *,
        server: Address,
        relayed: Address,
        mapped: Address,
    ) -> None:
        self._client = client
        self._tools = instruments
        self._server = server
        self._relayed = relayed
        self._mapped = mapped

    async def findings(self) -> list[Finding]:
        """Look at the permission, and then at each direction, as far as the one before leads."""
        permission = await self._permit()
        if permission.outcome is not Outcome.OK:
            return [permission]
        peer = await self._tools.open_peer(self._server)
        try:
            return [permission, *await self._both_ways(peer)]
        finally:
            await peer.close()

    async def loop(self, other: TurnClient, others_relayed: Address) -> Finding:
        """Send from this allocation to another one of the same relay, which no firewall is between."""
        mine = await self._client.ask(Method.CREATE_PERMISSION, XorPeerAddress(others_relayed))
        theirs = await other.ask(Method.CREATE_PERMISSION, XorPeerAddress(self._relayed))
        for response in (mine, theirs):
            code = error_code(response)
            if code is not None:
                what = f"it refuses its own relayed address as a peer, with {code}"
                return Finding(Step.LOOP, Outcome.NOTED, what, "Clients of one relay need that.")
        token = self._tools.transaction_id()
        for _ in range(_TRIES):
            await self._client.send_to(others_relayed, token)
            if await other.receive(token, _PATIENCE) is not None:
                return Finding(Step.LOOP, Outcome.OK, "it relays between two of its allocations")
        what = "not even packets between two of its allocations come through"
        return Finding(Step.LOOP, Outcome.FAILED, what, "See its log and its bandwidth limits.")

    async def _permit(self) -> Finding:
        response = await self._client.ask(Method.CREATE_PERMISSION, XorPeerAddress(self._mapped))
        code = error_code(response)
        if code is None:
            return Finding(Step.PERMISSION, Outcome.OK, f"for {self._mapped.host}")
        host = self._mapped.host
        if code == ErrorCodes.FORBIDDEN:
            kind = kind_of(host)
            why = f", which is {kind}" if kind else ""
            return Finding(
                Step.PERMISSION,
                Outcome.NOTED,
                f"it denies {host} as a peer{why}",
                f"That is right if no peers are there; else allow the network: {_allow(host)}.",
            )
        what = f"it refuses a permission for {host} with {code}"
        return Finding(Step.PERMISSION, Outcome.FAILED, what, "See its log.")

    async def _both_ways(self, peer: Peer) -> list[Finding]:
        source = await self._inbound(peer)
        if source is None:
            return [await self._explain_silence(peer)]
        inbound = Finding(Step.INBOUND, Outcome.OK, "a packet came through")
        return [inbound, await self._outbound(peer, source)]

    async def _explain_silence(self, peer: Peer) -> Finding:
        """Ask for a channel to the peer: a relay gives permissions for a host, and judges ports only then."""
        ours = Address(self._mapped.host, peer.port)
        bound = await self._client.ask(
            Method.CHANNEL_BIND, ChannelNumber(CHANNEL), XorPeerAddress(ours)
        )
        if error_code(bound) == ErrorCodes.FORBIDDEN:
            return Finding(
                Step.INBOUND,
                Outcome.NOTED,
                f"it denies {ours.host} port {ours.port} as a peer",
                "That is right if this is the relay's own machine: examine it from another one, too. Else allow the "
                f"network: {_allow(ours.host)}.",
            )
        what = (
            f"packets to the relayed address {self._relayed.host} port {self._relayed.port} "
            "do not arrive"
        )
        return Finding(Step.INBOUND, Outcome.FAILED, what, _OPEN_PORTS)

    async def _inbound(self, peer: Peer) -> Address | None:
        token = self._tools.transaction_id()
        for _ in range(_TRIES):
            await peer.send(token, self._relayed)
            source = await self._client.receive(token, _PATIENCE)
            if source is not None:
                return source
        return None

    async def _outbound(self, peer: Peer, source: Address) -> Finding:
        bound = await self._client.ask(
            Method.CHANNEL_BIND, ChannelNumber(CHANNEL), XorPeerAddress(source)
        )
        code = error_code(bound)
        if code is not None:
            what = f"it refuses a channel with {code}"
            return Finding(Step.OUTBOUND, Outcome.FAILED, what, "See its log.")
        token = self._tools.transaction_id()
        for _ in range(_TRIES):
            await self._client.send_on(CHANNEL, token)
            came = await peer.receive(_PATIENCE)
            if came is not None and came[0] == token:
                return self._judge_source(came[1])
        what = "packets on a channel do not come out at the peer"
        return Finding(Step.OUTBOUND, Outcome.FAILED, what, "Let UDP out of the relay's firewall.")

    def _judge_source(self, source: Address) -> Finding:
        if source == self._relayed:
            return Finding(Step.OUTBOUND, Outcome.OK, "a packet on a channel came through")
        return Finding(
            Step.OUTBOUND,
            Outcome.FAILED,
            f"packets come from {source.host} port {source.port} where {self._relayed.host} port "
            f"{self._relayed.port} is announced",
            "Correct --external-ip, or the NAT before the relay: it must be one-to-one, ports too.",
        )


def _allow(host: str) -> str:
    return f"--allow-peer {host}/{128 if ':' in host else 32}"
