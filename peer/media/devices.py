"""Which FFmpeg device is the camera or the screen of a platform, and why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from peer.errors import MediaError


@dataclass(frozen=True, slots=True)
class Input:
    """What FFmpeg opens.

    Attributes:
        file: The name of the device.
        format: The kind of device.
        options: As FFmpeg's.
    """

    file: str
    format: str
    options: Mapping[str, str] = field(default_factory=dict)


def camera_input(
    platform: str,
    device: str | None = None,
    exists: Callable[[str], bool] = lambda path: Path(path).exists(),
) -> Input:
    """The camera.

    Args:
        platform: As `sys.platform`.
        device: Its name, or `None` for the first one.
        exists: Whether a device file is there.

    Raises:
        MediaError: There is none; the message says what is missing.
    """
    if platform.startswith("linux"):
        file = device or "/dev/video0"
        if not exists(file):
            raise MediaError(f"no camera: {file} does not exist")
        return Input(file, "video4linux2")
    if platform == "darwin":
        return Input(f"{device or 'default'}:none", "avfoundation", {"framerate": "30"})
    if platform == "win32":
        if device is None:
            raise MediaError(
                "no camera: Windows has no first one, say its name; "
                "`ffmpeg -list_devices true -f dshow -i dummy` lists them"
            )
        return Input(f"video={device}", "dshow")
    raise MediaError(f"no camera: it is not known how to open one on {platform}")


def screen_input(platform: str, environment: Mapping[str, str], rate: int = 15) -> Input:
    """The screen.

    Args:
        platform: As `sys.platform`.
        environment: As `os.environ`.
        rate: Pictures a second.

    Raises:
        MediaError: There is none; the message says what is missing.
    """
    options = {"framerate": str(rate)}
    if platform.startswith("linux"):
        display = environment.get("DISPLAY")
        if not display:
            wayland = " (under Wayland, XWayland provides one)" if _wayland(environment) else ""
            raise MediaError(f"no screen: DISPLAY is not set, so there is no X server{wayland}")
        return Input(display, "x11grab", options)
    if platform == "darwin":
        return Input("Capture screen 0:none", "avfoundation", options)
    if platform == "win32":
        return Input("desktop", "gdigrab", options)
    raise MediaError(f"no screen: it is not known how to grab one on {platform}")


def _wayland(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("WAYLAND_DISPLAY"))
