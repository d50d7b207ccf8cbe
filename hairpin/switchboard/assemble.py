"""Puts the parts of a server together as its configuration says."""

import secrets
import socket
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from itertools import chain

import signaling
from hairpin.console import cannot_listen
from hairpin.metrics_listener import serve_metrics
from signaling.backplane import Backplane
from signaling.faults import SettingsError
from signaling.gate import Gate
from signaling.identity import Chain, KeyFile, StaticRooms, TokenGate, Unlisted, WebhookGate
from signaling.journal import Happening, Noted
from signaling.matchmaking.desk import Desk
from signaling.matchmaking.memory.desk import MemoryDesk
from signaling.operation import logs
from signaling.operation.configuration import Configuration, IdentitySettings
from signaling.operation.deliveries import Deliveries
from signaling.tls import TlsFiles


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
    certificate = configuration.certificate
    return await stack.enter_async_context(
        signaling.serve(
            settings,
            backplane=_make_backplane(configuration.redis, settings.node),
            gate=gate,
            desk=_make_desk(configuration),
            transport=configuration.transport,
            tls=None if certificate is None else TlsFiles(*certificate),
            at=configuration.listen,
            listeners=listeners,
        )
    )


async def start_metrics(
    stack: AsyncExitStack, address: tuple[str, int] | None, server: signaling.Server
) -> str | None:
    """Serve the server's metrics at an address of their own, if there is one; gives the URL without a path.

    Raises:
        SettingsError: The address cannot be had.
    """
    if address is None:
        return None
    listener = serve_metrics(
        address,
        lambda: server.metrics.expose()[0],
        server.metrics.expose()[1],
        draining=lambda: server.condition().draining,
    )
    try:
        return await stack.enter_async_context(listener)
    except OSError as error:
        what = "by another server?"
        raise SettingsError(
            cannot_listen(error, address, what=what, option="--metrics").removesuffix(".")
        ) from error


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


def _make_backplane(redis: str | None, node: str) -> AbstractAsyncContextManager[Backplane] | None:
    if redis is None:
        return None
    from signaling.nodes import RedisBackplane  # noqa: PLC0415 - loads redis-py, which one node alone does without

    return RedisBackplane(redis, node)


def _make_desk(configuration: Configuration) -> AbstractAsyncContextManager[Desk] | None:
    """Hold the queues that are configured, with a matcher in a process of its own; in Redis where the nodes meet there."""
    if not configuration.queues:
        return None
    if configuration.redis is None:
        from signaling.matchmaking.worker.process import ProcessWorker  # noqa: PLC0415 - loads redis-py, as all of nodes

        return MemoryDesk(configuration.queues, make_worker=ProcessWorker)
    from signaling.matchmaking.redis.desk import RedisDesk  # noqa: PLC0415 - loads redis-py

    return RedisDesk(configuration.redis, configuration.settings.node, configuration.queues)


def _log(noted: Noted) -> None:
    if noted.happening is not Happening.REFUSED:  # the server's own lines have these
        logs.note(noted)
