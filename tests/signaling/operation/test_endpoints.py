"""Who is told what happens."""

import pytest

from signaling.faults import SettingsError
from signaling.journal import Happening
from signaling.operation.endpoints import EVENTS, Endpoint

SECRET = "hunter2hunter2hunter2hunter2"


def test_it_is_told_what_it_wants_and_all_but_refusals_if_it_does_not_say():
    assert not Endpoint("http://a/").wants(Happening.REFUSED)
    assert all(Endpoint("http://a/").wants(Happening(event)) for event in EVENTS)
    some = Endpoint("http://a/", events=("peer.*", "refused"))
    wanted = {one for one in Happening if some.wants(one)}
    assert wanted == {Happening.PEER_JOINED, Happening.PEER_LEFT, Happening.REFUSED}


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("a", {}, "expected https://"),
        ("http://a/", {"secrets": ("short",)}, "24 to 64 bytes"),
        ("http://a/", {"events": ("peer.came",)}, "expected some of session.opened"),
        ("http://a/", {"waiting": 0}, "waiting of at least 1"),
        ("http://a/", {"deadline": 0.0}, "deadline above 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(url, more, words):
    with pytest.raises(SettingsError, match=words):
        Endpoint(url, **more)


def test_it_shows_no_secret():
    endpoint = Endpoint("http://a/", (SECRET,))
    assert endpoint.keys == (SECRET.encode(),)
    assert SECRET not in repr(endpoint)
