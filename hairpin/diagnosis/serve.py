"""`hairpin nat serve`: a STUN server of one's own, with two addresses if this machine has them (RFC 5780)."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import contextlib
import errno
import ipaddress
import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

import relay
from hairpin.console import FINE, HELPED, cannot_listen, endpoint, fail, stderr, stdout, table
from hairpin.relaying.signals import handle_signals
from nat.discovery.asyncionetwork import AsyncioNetwork
from stunwire import Address

_LAST_PORT = 65535
ONE_ADDRESS = (
    "One address: clients can find out how this server sees them, and with a second server what "
    "their mapping depends on. Their filtering they cannot test here, because that takes answers from "
    "a second address (RFC 5780 §3): give this machine another one, and --address twice."
)


def serve(
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="An address of this machine; twice for all tests [the first two of one family].",
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Where clients ask; 0 takes a free one.")] = 3478,
    other_port: Annotated[int, typer.Option(help="The second port; 0 takes a free one.")] = 3479,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON document.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Run a STUN server that others can test their NATs against, until Ctrl-C.

    All tests of RFC 5780 need two addresses of one family, which must not be behind a NAT themselves. With one
    address it serves mapping tests alone.

    Example: hairpin nat serve --address 203.0.113.7 --address 203.0.113.8

    Exit status: 0 stopped as asked, 1 an address is not to be had, 2 wrong arguments.
    """
    hosts = _hosts(address)
    for option, number in (("--port", port), ("--other-port", other_port)):
        if not 0 <= number <= _LAST_PORT:
            raise typer.BadParameter(f"{number}: ports are 0 to {_LAST_PORT}", param_hint=option)
    if port == other_port != 0:
        raise typer.BadParameter("the second port is another one", param_hint="--other-port")
    try:
        with asyncio.Runner(loop_factory=relay.new_event_loop) as runner:
            runner.run(_serve(hosts, port, other_port, as_json=as_json, quiet=quiet))
    except relay.SettingsError as error:
        fail(str(error))


async def _serve(
    hosts: Sequence[str], port: int, other_port: int, *, as_json: bool, quiet: bool
) -> None:
    ports = [port, other_port][: len(hosts)]
    settings = relay.Settings(
        listen=(Address(hosts[0], port),),
        listen_tcp=tuple(Address(host, each) for host in hosts for each in ports if each),
        alternate=Address(hosts[1], other_port) if len(hosts) > 1 else None,
    )
    async with contextlib.AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(relay.serve(settings))
        except OSError as error:
            what = "another STUN server?"
            where = (" or ".join(_foreign(error, hosts)), port)
            fail(cannot_listen(error, where, what=what, option="--port or --address"))
        stop, drain = handle_signals(lambda: None)
        if as_json:
            typer.echo(json.dumps(_document(server), indent=2))
        elif not quiet:
            _announce(server)
        waits = [asyncio.create_task(event.wait()) for event in (stop, drain)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
    if not quiet:
        stderr().print("Stopped.")


def _hosts(given: Sequence[str] | None) -> Sequence[str]:
    """One address, or two of one family."""
    if not given:
        return _own_hosts()
    if len(given) > 2:
        raise typer.BadParameter("give one address or two", param_hint="--address")
    hosts = []
    for text in given:
        try:
            hosts.append(ipaddress.ip_address(text))
        except ValueError:
            raise typer.BadParameter(
                f"{text!r} is not an IP address, such as 203.0.113.7", param_hint="--address"
            ) from None
    if hosts[0] == hosts[-1] and len(hosts) > 1:
        raise typer.BadParameter("the two are the same", param_hint="--address")
    if hosts[0].version != hosts[-1].version:
        raise typer.BadParameter(
            "one is IPv4 and one IPv6: take two of one", param_hint="--address"
        )
    if any(host.is_unspecified for host in hosts):
        raise typer.BadParameter(
            f"{given[0]} is every address; tests need one by its number", param_hint="--address"
        )
    return [str(host) for host in hosts]


def _foreign(error: OSError, hosts: Sequence[str]) -> Sequence[str]:
    """Those that are to blame: the first that this machine does not have, where that is the reason."""
    if error.errno != errno.EADDRNOTAVAIL:
        return hosts
    own = {text for each in AsyncioNetwork().interfaces() for text in each.addresses}
    return [host for host in hosts if host not in own][:1] or hosts


def _own_hosts() -> Sequence[str]:
    """The first two addresses of this machine that are of one family, else the first one."""
    found = [
        ipaddress.ip_address(text)
        for interface in AsyncioNetwork().interfaces()
        for text in interface.addresses
        if "%" not in text
    ]
    usable = [host for host in found if not host.is_link_local]
    for version in (4, 6):
        of_it = [str(host) for host in usable if host.version == version]
        if len(of_it) > 1:
            return of_it[:2]
    if not usable:
        fail("this machine has no address but loopback; try --address 127.0.0.1")
    return [str(usable[0])]


def _announce(server: relay.Server) -> None:
    out = stdout()
    out.print(Text.assemble(("Ready.", FINE), f" {_what(server)} Stop with Ctrl-C."))
    if len(server.addresses) == 1:
        out.print(Text(ONE_ADDRESS, HELPED), soft_wrap=True)
    rows = table("address")
    for address in server.addresses:
        rows.add_row(endpoint(address))
    out.print(rows)
    out.print(f"Ask it with: hairpin nat --server {endpoint(server.addresses[0])}", soft_wrap=True)


def _what(server: relay.Server) -> str:
    if len(server.addresses) == 1:
        return "Serving mapping tests."
    return "Serving all tests of RFC 5780."


def _document(server: relay.Server) -> dict[str, object]:
    return {
        "server": endpoint(server.addresses[0]),
        "addresses": [endpoint(address) for address in server.addresses],
        "tests_filtering": len(server.addresses) > 1,
    }
