"""Puts the parts of a server together as its configuration says."""

import secrets
import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import chain

import signaling
from signaling.gate import Gate
from signaling.identity import Chain, KeyFile, StaticRooms, TokenGate, Unlisted, WebhookGate
from signaling.journal import Happening, Noted
from signaling.nodes import RedisBackplane
from signaling.operation import logs
from signaling.operation.configuration import Configuration, IdentitySettings
from signaling.operation.deliveries import Deliveries
from signaling.tls import TlsFiles
from signaling.transports.accepting import Place


def settled(configuration: Configuration) -> Configuration:
    """Give the node a name, if it has none and there are others."""
    if configuration.redis is None or configuration.node is not None:
        return configuration
    name = f"{socket.gethostname()[:40]}-{secrets.token_hex(3)}"
    return replace(configuration, node=name, settings=replace(configuration.settings, node=name))


async def start(stack: AsyncExitStack, configuration: Configuration) -> signaling.Server:
    """Start a server that ends with the stack.

    Raises:
        OSError: A place cannot be had.
        OperatorError: A key file cannot be used.
        NodesError: The Redis cannot be used.
    """
    settings = configuration.settings
    listeners = [_log]
    if configuration.webhooks:
        told = await stack.enter_async_context(Deliveries(configuration.webhooks, settings.node))
        listeners.append(told.note)
    gate = await make_gate(stack, configuration.identity)
    first, *others = configuration.listen
    host, port = first if isinstance(first, tuple) else ("127.0.0.1", 0)
    certificate = configuration.certificate
    redis = configuration.redis
    return await stack.enter_async_context(
        signaling.serve(
            settings,
            host,
            port,
            backplane=None if redis is None else RedisBackplane(redis, settings.node),
            gate=gate,
            transport=configuration.transport,
            tls=None if certificate is None else TlsFiles(*certificate),
            also=_also(first, others),
            listeners=listeners,
        )
    )


async def make_gate(stack: AsyncExitStack, identity: IdentitySettings) -> Gate | None:
    """Put the gates that are wanted one behind the other; None where everybody may come in."""
    gates: list[Gate] = []
    if identity.key_files:
        files = [KeyFile(path) for path in identity.key_files]
        gates.append(
            TokenGate(
                lambda: tuple(chain.from_iterable(file.keys() for file in files)),
                identity.rules,
                tokenless=identity.tokenless,
            )
        )
    if identity.rooms or identity.unlisted is Unlisted.REFUSED:
        gates.append(StaticRooms(identity.rooms, unlisted=identity.unlisted))
    if identity.webhook is not None:
        gates.append(await stack.enter_async_context(WebhookGate(identity.webhook)))
    return Chain(gates) if gates else None


def _also(first: Place, others: list[Place]) -> tuple[Place, ...]:
    return tuple(others) if isinstance(first, tuple) else (first, *others)


def _log(noted: Noted) -> None:
    if noted.happening is not Happening.REFUSED:  # the server's own lines have these
        logs.note(noted)
