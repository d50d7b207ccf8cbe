"""The private names of aiortc and aioice are checked, and a missing one is named."""

import aioice.ice
import aiortc
import pytest

from peer.engine import names


def test_the_installed_releases_have_every_name() -> None:
    names.check()


def test_a_method_that_has_moved_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(aiortc.RTCPeerConnection, names.PC_GATHER)
    with pytest.raises(ImportError, match=r"RTCPeerConnection\._RTCPeerConnection__gather"):
        names.check()


def test_an_attribute_that_has_moved_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_anything(self: aioice.ice.Connection) -> None:
        """A constructor that stores nothing."""

    monkeypatch.setattr(aioice.ice.Connection, "__init__", without_anything)
    with pytest.raises(ImportError, match=r"aioice.ice.Connection._check_list\b"):
        names.check()


def test_the_message_says_which_versions_are_known_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(aiortc.RTCPeerConnection, names.PC_CONNECT)
    with pytest.raises(ImportError, match=r"aiortc 1\.16 with aioice 0\.13"):
        names.check()
