"""Where the signaling server is, in all the ways people write it."""

import pytest

from hairpin.calling.places import Place, read_place, signaling_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (None, "ws://127.0.0.1:8080/v1/ws"),
        ("ws://host:1234", "ws://host:1234/v1/ws"),
        ("wss://host/", "wss://host/v1/ws"),
        ("ws://[::1]:80", "ws://[::1]:80/v1/ws"),
        ("wss://host/elsewhere", "wss://host/elsewhere"),
    ],
)
def test_the_path_is_added_where_it_lacks(text: str | None, url: str) -> None:
    assert signaling_url(text) == url


@pytest.mark.parametrize(
    "text", ["http://host", "host:80", "ws://", "ws://host:99999", "ws://host:0"]
)
def test_what_is_no_address_is_refused_with_what_came(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no") as caught:
        signaling_url(text)
    assert text in str(caught.value)


def test_the_link_of_the_video_chat_names_server_room_and_key() -> None:
    place = read_place("http://host:81/?room=tea%20room&lang=ja#key=s%26t", None, None)
    assert place == Place("tea room", "ws://host:81/v1/ws", "s&t")
    assert "s&t" not in repr(place)
    assert read_place("https://host/?room=b", None, "k") == Place("b", "wss://host/v1/ws", "k")
    assert read_place("blue", None, None) == Place("blue", "ws://127.0.0.1:8080/v1/ws")


@pytest.mark.parametrize("link", ["http://host/", "https:///?room=blue"])
def test_a_link_without_a_room_or_a_host_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="names no room"):
        read_place(link, None, None)
