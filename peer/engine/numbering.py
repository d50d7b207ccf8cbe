"""Payload types and ids of header extensions: a later offer keeps those that both sides have agreed on.

Neither may change its meaning in a session (RFC 3264 §8.3.2, RFC 8285 §7), nor mean two things in one
bundle. aiortc offers its own numbers again also after it has answered with the remote's.
"""

import contextlib
import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import aiortc
from aiortc.codecs import CODECS, HEADER_EXTENSIONS, is_rtx
from aiortc.rtcpeerconnection import filter_preferred_codecs, is_codec_compatible

from peer.engine import names
from peer.engine.transceiver import Transceiver

_DYNAMIC = range(96, 128)
_IDS = range(1, 15)  # 15 is reserved (RFC 8285 §4.2)
_NUMBERED = frozenset({names.TRANSCEIVER_CODECS, names.TRANSCEIVER_HEADER_EXTENSIONS})


@contextlib.contextmanager
def keeping_numbers(transceivers: Iterable[aiortc.RTCRtpTransceiver]) -> Iterator[None]:
    """While aiortc makes an offer, let each transceiver have the numbers agreed on, and new ones beside them."""
    ours = [one for one in transceivers if isinstance(one, Transceiver) and not one.stopped]
    if not any(_codecs(one) for one in ours):
        yield  # aiortc's own numbers do
        return
    _renumber(ours)
    for one in ours:
        one.fixed = _NUMBERED
    try:
        yield
    finally:
        for one in ours:
            one.fixed = frozenset()


def _renumber(transceivers: Sequence[Transceiver]) -> None:
    taken = {codec.payloadType for one in transceivers for codec in _codecs(one)}
    ids = {extension.uri: extension.id for one in transceivers for extension in _extensions(one)}
    by_kind: dict[str, list[Any]] = {}
    for one in sorted(transceivers, key=lambda one: not _codecs(one)):
        codecs = _codecs(one) or by_kind.get(one.kind, [])
        codecs = by_kind[one.kind] = [*codecs, *_further(one.kind, codecs, taken)]
        preferred = getattr(one, names.TRANSCEIVER_PREFERRED)
        setattr(one, names.TRANSCEIVER_CODECS, filter_preferred_codecs(codecs, preferred))
        setattr(one, names.TRANSCEIVER_HEADER_EXTENSIONS, _identified(one.kind, ids))


def _further(kind: str, agreed: Sequence[Any], taken: set[int]) -> list[Any]:
    """The codecs that were not agreed on, with numbers that mean nothing else, while there are any."""
    further: list[Any] = []
    moved: dict[Any, int] = {}
    for codec in CODECS[kind]:
        if is_rtx(codec):
            missing = codec.parameters["apt"] in moved
        else:
            missing = not any(is_codec_compatible(codec, each) for each in agreed)
        choices = [codec.payloadType, *_DYNAMIC] if codec.payloadType in _DYNAMIC else []
        number = next(
            (n for n in choices if n not in taken), None if choices else codec.payloadType
        )
        if not missing or number is None:
            continue
        own = copy.deepcopy(codec)
        moved[codec.payloadType] = own.payloadType = number
        if is_rtx(codec):
            own.parameters["apt"] = moved[codec.parameters["apt"]]
        taken.add(number)
        further.append(own)
    return further


def _identified(kind: str, ids: dict[str, int]) -> list[Any]:
    """aiortc's header extensions of a kind, with the ids that they have, or ones that are free."""
    found: list[Any] = []
    for plain in HEADER_EXTENSIONS[kind]:
        used = set(ids.values())
        if plain.uri not in ids:
            ids[plain.uri] = next(each for each in (plain.id, *_IDS) if each not in used)
        own = copy.copy(plain)
        own.id = ids[plain.uri]
        found.append(own)
    return found


def _codecs(transceiver: Transceiver) -> list[Any]:
    return getattr(transceiver, names.TRANSCEIVER_CODECS)  # type: ignore[no-any-return]


def _extensions(transceiver: Transceiver) -> list[Any]:
    return getattr(transceiver, names.TRANSCEIVER_HEADER_EXTENSIONS)  # type: ignore[no-any-return]
