"""`hairpin up`: the all-in-one server's command line."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from hairpin.allinone import options as parsing
from hairpin.allinone.options import UpOptions


def up(
    tls: parsing.TlsOption = None,
    host: parsing.HostOption = None,
    name: parsing.NameOption = None,
    tls_cert: parsing.TlsCertOption = None,
    tls_key: parsing.TlsKeyOption = None,
    signaling: parsing.SignalingOption = None,
    relay: parsing.RelayOption = None,
    alternate: parsing.AlternateOption = None,
    relay_tls: parsing.RelayTlsOption = None,
    public_host: parsing.PublicHostOption = None,
    relay_ports: parsing.RelayPortsOption = "49152-65535",
    secret: parsing.SecretOption = None,
    allow_private_peers: parsing.PrivatePeersOption = False,
    metrics: parsing.MetricsOption = None,
    qr: parsing.QrOption = None,
    bot: parsing.BotOption = False,
    bot_room: parsing.BotRoomOption = None,
    as_json: parsing.JsonOption = False,
    quiet: parsing.QuietOption = False,
) -> None:
    """Run the signaling server and the relay, until Ctrl-C.

    Browsers find a video chat and a game there. Without options it is for this machine alone.

    Example: hairpin up --tls self-signed, for phones in this network.

    Example: hairpin up --signaling 0.0.0.0:8080 --relay 0.0.0.0:3478 --public-host 203.0.113.7

    Exit status: 0 stopped as asked, 1 a port, a network or a certificate is not to be had, 2 wrong
    arguments.
    """
    options = UpOptions(
        tls=parsing.parse_tls(tls, tls_cert, tls_key),
        host=parsing.parse_host(host),
        names=parsing.parse_names(name),
        signaling=parsing.parse_listening(signaling, "--signaling"),
        relay=parsing.parse_relay(relay, "--relay"),
        alternate=parsing.parse_relay_or_off(alternate, "--alternate"),
        relay_tls=parsing.parse_relay_or_off(relay_tls, "--relay-tls"),
        public_host=parsing.parse_optional_address(public_host, "--public-host"),
        relay_ports=parsing.parse_port_range(relay_ports),
        secret=secret,
        allow_private_peers=allow_private_peers,
        metrics=parsing.parse_listening(metrics, "--metrics"),
        qr=qr,
        bot_room=parsing.parse_bot_room(bot_room, bot=bot),
        as_json=as_json,
        quiet=quiet,
    )
    # Whoever asks for help, or has mistyped, need not wait for all that serves.
    from hairpin.allinone.running import run  # noqa: PLC0415

    run(options)
