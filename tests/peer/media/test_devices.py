"""Which device of which platform, and what is missing."""

from typing import Any

import pytest

from peer.errors import MediaError
from peer.media.devices import Input, camera_input, screen_input


def there(_: str) -> bool:
    return True


def missing(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("platform", "device", "expected"),
    [
        ("linux", None, Input("/dev/video0", "video4linux2")),
        ("linux", "/dev/video3", Input("/dev/video3", "video4linux2")),
        ("darwin", None, Input("default:none", "avfoundation", {"framerate": "30"})),
        ("win32", "Cam", Input("video=Cam", "dshow")),
    ],
)
def test_the_camera_of_each_platform(platform: str, device: Any, expected: Input) -> None:
    assert camera_input(platform, device, there) == expected


@pytest.mark.parametrize(
    ("platform", "why"),
    [
        ("linux", "/dev/video0 does not exist"),
        ("win32", "say its name"),
        ("plan9", "on plan9"),
    ],
)
def test_no_camera_says_what_is_missing(platform: str, why: str) -> None:
    with pytest.raises(MediaError, match=f"no camera: .*{why}"):
        camera_input(platform, None, missing)


@pytest.mark.parametrize(
    ("platform", "environment", "file", "kind"),
    [
        ("linux", {"DISPLAY": ":1"}, ":1", "x11grab"),
        ("darwin", {}, "Capture screen 0:none", "avfoundation"),
        ("win32", {}, "desktop", "gdigrab"),
    ],
)
def test_the_screen_of_each_platform(platform: str, environment: Any, file: str, kind: str) -> None:
    assert screen_input(platform, environment, 5) == Input(file, kind, {"framerate": "5"})


@pytest.mark.parametrize(
    ("platform", "environment", "why"),
    [
        ("linux", {}, "DISPLAY is not set, so there is no X server$"),
        ("linux", {"WAYLAND_DISPLAY": "w"}, "XWayland"),
        ("plan9", {}, "on plan9"),
    ],
)
def test_no_screen_says_what_is_missing(platform: str, environment: Any, why: str) -> None:
    with pytest.raises(MediaError, match=f"no screen: .*{why}"):
        screen_input(platform, environment)
