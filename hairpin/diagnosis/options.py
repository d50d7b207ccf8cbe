"""The flags of `hairpin nat` and what they mean: whom to ask, what, and what to do with the answer."""

import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from hairpin.console import fail
from nat.discovery import Evidence, Plan, StunServer, TurnServer, Wish
from nat.discovery.anonymity import anonymize
from nat.discovery.plan import DEADLINE, DEFAULT_WISHES, Page
from nat.discovery.reaching import DEFAULT_PAGE
from nat.discovery.servers import BUILT_IN, ServerError, parse_server
from nat.discovery.transactions import Transport

Texts = list[str] | None
TESTS: Final = {wish.value.replace(" ", "-"): wish for wish in Wish}
_LONGEST: Final = 600.0

PASSWORD: Final = "HAIRPIN_TURN_PASSWORD"  # noqa: S105 - its name
"""The variable in the environment, which others on this machine cannot read as they can a command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFlags:
    """What to do with a report."""

    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document, evidence included, instead.")
    ] = False
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a page with pictures of the test packets."),
    ] = None
    anonymize: Annotated[
        bool,
        typer.Option(
            "--anonymize",
            help="Mask addresses and names of servers and interfaces, in all that is given out.",
        ),
    ] = False
    fail_on: Annotated[
        Texts,
        typer.Option(
            metavar="OUTCOME",
            help="Exit with the status of these outcomes alone, else with 0; repeatable. "
            "direct-with-some, relay-needed, udp-blocked, no-network, inconclusive, or nothing.",
        ),
    ] = None
    details: Annotated[
        bool,
        typer.Option("--details", help="Print how each answer is known, and the RFC's clause."),
    ] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")] = False

    def masked(self, evidence: Evidence) -> Evidence:
        """The evidence as it may be given out."""
        known = [*(server.host for server in BUILT_IN), DEFAULT_PAGE.host]
        return anonymize(evidence, well_known=known) if self.anonymize else evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags(ShowFlags):
    """Whom to ask, and what."""

    server: Annotated[
        Texts,
        typer.Option(
            metavar="HOST[:PORT]",
            help="A STUN server in place of the built-in list, also as stun:HOST:PORT; repeatable.",
        ),
    ] = None
    turn: Annotated[
        Texts,
        typer.Option(
            metavar="URL",
            help="A TURN server to try, such as turn:HOST:PORT?transport=tcp or turns:HOST; repeatable.",
        ),
    ] = None
    turn_user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose allocation it is to be.")
    ] = None
    turn_password: Annotated[
        str | None,
        typer.Option(
            metavar="PASSWORD",
            envvar=PASSWORD,
            help="Of that user; others on this machine can read it if it stands on the command line.",
        ),
    ] = field(default=None, repr=False)
    turn_password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Or a file with it.")
    ] = None
    interface: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The interface to leave through, such as wlan0."),
    ] = None
    only: Annotated[
        Texts, typer.Option(metavar="TEST", help="Do this test alone, of: " + ", ".join(TESTS))
    ] = None
    skip: Annotated[Texts, typer.Option(metavar="TEST", help="Do not do this one.")] = None
    classic: Annotated[
        bool,
        typer.Option("--classic", help="Ask pystun3, too, for the name that RFC 3489 has for it."),
    ] = False
    map_test: Annotated[
        bool,
        typer.Option(
            "--map-test",
            help="Let the router open a port, see whether it works, and close it again.",
        ),
    ] = False
    page: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A page over plain HTTP that answers 200, fetched to see a captive portal.",
        ),
    ] = None
    within: Annotated[
        float, typer.Option(metavar="SECONDS", help="When there must be a result.")
    ] = DEADLINE
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Ask nobody, and judge what was recorded before: the output of --json, or a --report; "
            "- is standard input.",
        ),
    ] = None

    def plan(self, *more: Wish) -> Plan:
        """What to do.

        Args:
            more: tests beside the usual ones.

        Raises:
            typer.BadParameter: a flag makes no sense.
        """
        if not 0 < self.within <= _LONGEST:
            raise typer.BadParameter(
                f"{self.within:g} s: expected more than 0 and at most {_LONGEST:g}",
                param_hint="--within",
            )
        return Plan(
            servers=tuple(server_of(text) for text in self.server or ()),
            turn=self._turn(),
            wishes=self._wishes(more),
            deadline=self.within,
            interface=self.interface or "",
            page=None if self.page is None else page_of(self.page),
        )

    def _wishes(self, more: Iterable[Wish]) -> frozenset[Wish]:
        wishes = DEFAULT_WISHES if self.only is None else _tests(self.only, "--only")
        asked = {*wishes, *more} - _tests(self.skip or (), "--skip")
        if self.classic:
            asked.add(Wish.CLASSIC)
        if self.map_test:
            asked |= {Wish.GATEWAY, Wish.MAP_TEST}
        return frozenset(asked)

    def _turn(self) -> tuple[TurnServer, ...]:
        if not self.turn:
            return ()
        if not self.turn_user:
            raise typer.BadParameter("--turn needs a user", param_hint="--turn-user")
        password = self._password()
        return tuple(_turn_server(text, self.turn_user, password) for text in self.turn)

    def _password(self) -> str:
        if self.turn_password_file is None:
            if not self.turn_password:
                raise typer.BadParameter(
                    f"--turn needs a password: set {PASSWORD}, or give --turn-password-file FILE",
                    param_hint="--turn-password",
                )
            return self.turn_password
        try:
            return self.turn_password_file.read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            fail(f"cannot read {self.turn_password_file}: {why}")


def _tests(names: Iterable[str], option: str) -> frozenset[Wish]:
    found = set()
    for name in (part.strip() for text in names for part in text.split(",")):
        if name not in TESTS:
            known = ", ".join(TESTS)
            raise typer.BadParameter(f"{name!r} is no test; there are {known}", param_hint=option)
        found.add(TESTS[name])
    return frozenset(found)


def server_of(text: str) -> StunServer:
    """Read `--server`.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return parse_server(text)
    except ServerError as error:
        raise typer.BadParameter(str(error), param_hint="--server") from None


def page_of(text: str) -> Page:
    """Read `--page`.

    Raises:
        typer.BadParameter: it is no page over plain HTTP.
    """
    try:
        url = urllib.parse.urlsplit(text)
        host, port = url.hostname, url.port or 80
    except ValueError:
        url, host, port = urllib.parse.SplitResult("", "", "", "", ""), None, 0
    plain = url.scheme == "http" and host and url.username is None
    if not plain or not text.isascii() or not text.isprintable() or " " in text:
        raise typer.BadParameter(
            f"{text!r} is not http://HOST[:PORT]/PATH (a portal does not answer https for others)",
            param_hint="--page",
        )
    assert host
    path = url.path or "/"
    return Page(host, f"{path}?{url.query}" if url.query else path, port=port)


def _turn_server(text: str, user: str, password: str) -> TurnServer:
    from relay import SettingsError  # noqa: PLC0415 - a diagnosis without --turn does without the relay
    from relay.doctor.uris import read_server  # noqa: PLC0415

    named = text if text.startswith(("turn:", "turns:")) else f"turn:{text}"
    try:
        host, port, transport = read_server(named)
    except SettingsError:
        raise typer.BadParameter(
            f"{text!r} is not turn:HOST:PORT, turn:HOST:PORT?transport=tcp or turns:HOST:PORT",
            param_hint="--turn",
        ) from None
    over = Transport.UDP if transport is None else Transport[transport.name]
    return TurnServer(host, port, over, user, password)
