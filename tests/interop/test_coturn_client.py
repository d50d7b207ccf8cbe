"""coturn's own test client against our relay: nothing may get lost."""

import asyncio
import re
from dataclasses import dataclass

import pytest

import relay
from relay.fivetuple import Transport
from stunwire import Address
from tests.interop.coturn import RELAY_PORTS, echo_peer, play

pytestmark = pytest.mark.interop

MESSAGES = 50
USER, PASSWORD, SECRET = "user", "secret", "sharedsecret"


@dataclass(frozen=True)
class Run:
    """One run of turnutils_uclient: what it is told, and how many messages it has to get back."""

    name: str
    flags: tuple[str, ...]
    clients: int
    needs_peer: bool
    streams: int = 1
    transport: Transport = Transport.UDP

    @property
    def expected(self) -> int:
        return self.clients * self.streams * MESSAGES


STATIC = ("-u", USER, "-w", PASSWORD)
RUNS = (
    Run("channels to a peer", ("-X", "-c", "-l", "1000", *STATIC), 4, needs_peer=True),
    Run("send indications to a peer", ("-s", "-X", "-c", "-l", "200", *STATIC), 4, needs_peer=True),
    Run("client to client", ("-y", "-c", "-l", "200", *STATIC), 2, needs_peer=False),
    # without -c, each client asks for a pair of ports, and uses the second one by its token
    Run("pairs of ports", ("-y", "-l", "200", *STATIC), 2, needs_peer=False, streams=2),
    Run("time-limited", ("-y", "-c", "-W", SECRET, "-u", "alice"), 2, needs_peer=False),
    *(
        Run(
            name,
            (*over, *flags, *STATIC),
            4,
            needs_peer,
            transport=transport,
        )
        for transport, over in (
            (Transport.TCP, ("-t",)),
            (Transport.TLS, ("-t", "-S")),
            (Transport.DTLS, ("-S",)),
        )
        for name, flags, needs_peer in (
            ("channels to a peer", ("-X", "-c", "-l", "1001"), True),
            ("send indications to a peer", ("-s", "-X", "-c", "-l", "201"), True),
            ("client to client", ("-y", "-c", "-l", "203"), False),
            ("connections to peers", ("-T", "-l", "205"), False),
        )
        if transport.is_stream or "-T" not in flags
    ),
)


def _settings(certificate: relay.CertificateFiles) -> relay.Settings:
    return relay.Settings(
        listen=(Address("127.0.0.1", 0),),
        listen_tcp=(Address("127.0.0.1", 0),),
        listen_tls=(Address("127.0.0.1", 0),),
        listen_dtls=(Address("127.0.0.1", 0),),
        certificate=certificate,
        realm="lab.example",
        port_range=RELAY_PORTS,
        users={USER: PASSWORD},
        rest_secrets=(SECRET,),
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
        tcp_relay=relay.TcpRelay.ON,
        channel_numbers=relay.ChannelNumbers.OLD,  # Debian's client draws from 0x4000 to 0x7FFF
    )


async def _play(run: Run, server: Address, peer: Address) -> str:
    where = ("-e", peer.host, "-r", str(peer.port)) if run.needs_peer else ()
    size = ("-m", str(run.clients), "-n", str(MESSAGES), "-z", "2")
    return await play(
        "turnutils_uclient", *run.flags, *where, *size, "-p", str(server.port), server.host
    )


def _judge(run: Run, output: str) -> str:
    """Read the last totals; the program's exit status says nothing."""
    totals = re.findall(r"start_mclient: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", output)
    if totals and totals[-1] == (str(run.expected), str(run.expected)):
        return "nothing lost"
    return f"expected {run.expected} messages there and back, got {totals[-1:]}:\n{output[-800:]}"


@pytest.mark.parametrize("transport", Transport)
async def test_coturns_client_loses_nothing_through_our_relay(certificate, transport):
    runs = [run for run in RUNS if run.transport is transport]
    async with relay.serve(_settings(certificate)) as server, echo_peer() as peer:
        listeners = {
            Transport.UDP: server.addresses[0],
            Transport.TCP: server.tcp_addresses[0],
            Transport.TLS: server.tls_addresses[0],
            Transport.DTLS: server.dtls_addresses[0],
        }
        plays = (_play(run, listeners[transport], peer) for run in runs)
        outputs = await asyncio.gather(*plays)
        verdicts = {run.name: _judge(run, out) for run, out in zip(runs, outputs, strict=True)}
        assert verdicts == {run.name: "nothing lost" for run in runs}
        assert server.counters.usage.to_peer_packets >= sum(
            run.expected for run in runs if "-T" not in run.flags
        )
        assert server.counters.drops == {}
        # some of its connections begin with TLS or DTLS before 1.2, are refused, and come again
        assert set(server.counters.hang_ups) <= {relay.HangUp.NOT_TLS}
