"""What `hairpin up` prints when it is ready: the link to open, the same as a QR code, and all addresses."""

import json
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hairpin.allinone import qr
from hairpin.allinone.options import Tls, UpOptions
from hairpin.allinone.plan import Plan
from hairpin.console import FINE, HELPED, endpoint, table
from hairpin.services import Running

_FOR_PHONES = "For phones in this network: hairpin up --tls self-signed."


def document(plan: Plan, running: Running, metrics: str | None, bot_room: str | None = None) -> str:
    """Say the addresses as JSON."""
    shown = plan.certificate
    told = {
        "pages": running.page_url,
        "room": room_url(plan, running),
        "game": f"{running.page_url}game",
        "bot": None if bot_room is None else bot_url(running, bot_room),
        "signaling": running.signaling_url,
        "stun": running.stun_url,
        "stun_urls": running.stun_urls,
        "turn": running.turn_url,
        "turn_urls": running.turn_urls,
        "metrics": metrics_url(plan, running, metrics),
        "certificate": None
        if shown is None
        else {
            "file": str(shown.path),
            "sha256": shown.fingerprint,
            "ends": f"{shown.ends:%Y-%m-%d}",
        },
    }
    return json.dumps(told)


def announce(
    out: Console,
    plan: Plan,
    running: Running,
    options: UpOptions,
    *,
    metrics: str | None,
    now: datetime,
) -> None:
    """Print the link first, then what else there is, then what to know about it."""
    link = room_url(plan, running)
    here = "Open" if plan.is_for_this_machine_alone else "Open here and on a phone"
    out.print(Text.assemble(("Ready.", FINE), f" Stop with Ctrl-C. {here}:"))
    out.print(Text(link, style="bold"), soft_wrap=True)
    drawn = qr.matrix(link)
    wanted = options.qr
    if wanted is None:
        fits = out.is_terminal and out.width >= len(drawn[0])
        wanted = fits and not plan.is_for_this_machine_alone
    if wanted:
        out.print(qr.draw(drawn), soft_wrap=True)
    out.print(_addresses(plan, running, metrics, options.bot_room))
    for line in advice(plan, now):
        out.print(line)
    if plan.tls is Tls.SELF_SIGNED and plan.certificate is not None:
        out.print(Text(plan.certificate.fingerprint), soft_wrap=True)


def room_url(plan: Plan, running: Running) -> str:
    """Where whoever opens it meets the others that do."""
    return f"{running.page_url}?room={plan.room}"


def bot_url(running: Running, room: str) -> str:
    """Where one meets a bot."""
    return f"{running.page_url}?room={room}"


def metrics_url(plan: Plan, running: Running, listener: str | None) -> str | None:
    """Where the metrics are; None where nobody may ask for them."""
    if listener is not None:
        return f"{listener}/metrics"
    if not plan.has_local_metrics:
        return None
    scheme = "http" if plan.tls is Tls.NONE else "https"
    return f"{scheme}://{endpoint(('127.0.0.1', running.signaling.addresses[0][1]))}/metrics"


def advice(plan: Plan, now: datetime) -> list[Text]:
    """What to know, in a sentence each: who can connect, and what a browser will ask."""
    said: list[Text] = []
    if plan.is_for_this_machine_alone:
        said.append(
            Text(
                f"Only this machine can connect. {_FOR_PHONES} For everybody: --signaling 0.0.0.0:8080 "
                "--relay 0.0.0.0:3478 --public-host ADDRESS."
            )
        )
    elif plan.tls is Tls.NONE:
        said.append(
            Text.assemble(
                ("No camera elsewhere:", HELPED),
                " browsers give camera and microphone only to pages with HTTPS, or of this machine. "
                "Add --tls self-signed.",
            )
        )
    if plan.lan is not None and not plan.is_for_this_machine_alone:
        host = plan.services.signaling_address[0]
        also = [each for each in plan.lan.others if each != host]
        if host == plan.lan.address and also:
            said.append(
                Text(
                    f"Is this the wrong network? --host chooses: lan is {host}, or {', '.join(also)}."
                )
            )
    return said + _about_certificate(plan, now)


def _about_certificate(plan: Plan, now: datetime) -> list[Text]:
    shown = plan.certificate
    if shown is None:
        return []
    if plan.tls is Tls.SELF_SIGNED:
        return [
            Text(
                "The browser will warn that nobody vouches for this certificate: if it shows this SHA-256 "
                "fingerprint, go on (Advanced). hairpin call and hairpin bot are told it with --fingerprint:"
            )
        ]
    if shown.ends_soon(now):
        return [
            Text.assemble(
                (f"The certificate ends on {shown.ends:%Y-%m-%d}:", HELPED),
                f" renew {shown.path}, which is read again when it has changed.",
            )
        ]
    return []


def _addresses(plan: Plan, running: Running, metrics: str | None, bot_room: str | None) -> Table:
    rows = table("service", "address", "for")
    rows.add_row("pages", running.page_url, "video chat, a room each time")
    if bot_room is not None:
        rows.add_row("bot", bot_url(running, bot_room), "a call alone: it comes when you do")
    rows.add_row("game", f"{running.page_url}game", "air hockey, or with a bot")
    rows.add_row("signaling", running.signaling_url, "programs: hairpin call")
    rows.add_row("STUN", "\n".join(running.stun_urls), "told to clients")
    rows.add_row("TURN", "\n".join(running.turn_urls), "with fresh credentials")
    at = metrics_url(plan, running, metrics)
    if at is not None:
        whose = "Prometheus" if metrics is not None else "for this machine alone"
        rows.add_row("metrics", at, whose)
    return rows
