"""Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), as it comes from Debian."""

import asyncio
import base64
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import websockets

from tests.interop import browsing
from tests.interop.browsing import DYING_TOGETHER, PATIENCE, Wire, announced, environment, wired

PROGRAMS = ("firefox-esr", "firefox")
#: What a test needs of it; and that it asks nobody for anything by itself.
PREFERENCES: Mapping[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.suspend-background-video.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-manager.url": "data:,",
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.newtabpage.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
    "browser.search.update": False,
    "browser.startup.page": 0,
    "captivedetect.canonicalURL": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "geo.provider.network.url": "",
    "gfx.webrender.software": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "data:,",
}
_KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowRight": "\ue014"}
#: BiDi does not tell of what the policy forbids; a page that is told does.
_POLICY = """() => {
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    console.error(`policy ${violatedDirective} ${blockedURI}`));
  addEventListener("error", ({ message, filename, lineno }) => console.error(`${message} ${filename}:${lineno}`));
  addEventListener("unhandledrejection", ({ reason }) => console.error(`not caught: ${reason} ${reason?.stack}`));
}"""


class Page(browsing.Page):
    """A page of the browser, in a window of its own: what is behind another tab is not painted."""

    def __init__(self, wire: Wire, context: str) -> None:
        super().__init__()
        self._wire = wire
        self._context = context

    async def ask(self, method: str, *, seconds: float = PATIENCE, **parameters: Any) -> Any:
        """Send a command of BiDi and wait for its result."""
        return await self._wire.ask(
            {"method": method, "params": parameters},
            of=self._context,
            seconds=seconds,
            seen=lambda: f"its console: {self.complaints}",
        )

    async def evaluate(self, expression: str, seconds: float = PATIENCE) -> Any:
        result = await self.ask(
            "script.evaluate",
            seconds=seconds,
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        assert result["type"] == "success", (expression, result)
        return _value(result["result"])

    async def go(self, url: str) -> None:
        await self.ask("browsingContext.navigate", context=self._context, url=url, wait="none")

    async def prepare(self, script: str) -> None:
        wrapped = f"() => {{ {script} }}"
        await self.ask(
            "script.addPreloadScript", functionDeclaration=wrapped, contexts=[self._context]
        )

    async def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        """It makes no phone of itself: that would be for touch alone."""
        size = {"width": width, "height": height}
        await self.ask("browsingContext.setViewport", context=self._context, viewport=size)

    async def click(self, x: float, y: float) -> None:
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": moves})

    async def tap(self, key: str) -> None:
        await self.write([_KEYS.get(key, key)])

    async def hold(self, key: str, *, up: bool = False) -> None:
        await self._type({"type": "keyUp" if up else "keyDown", "value": _KEYS.get(key, key)})

    async def write(self, text: str | list[str]) -> None:
        kinds = ("keyDown", "keyUp")
        await self._type(*({"type": kind, "value": each} for each in text for kind in kinds))

    async def picture(self) -> bytes:
        taken = await self.ask("browsingContext.captureScreenshot", context=self._context)
        return base64.b64decode(taken["data"])

    async def _type(self, *presses: dict[str, str]) -> None:
        await self._act({"type": "key", "id": "keys", "actions": presses})

    async def _act(self, actions: dict[str, Any]) -> None:
        await self.ask("input.performActions", context=self._context, actions=[actions])


class Browser(browsing.Browser):
    """The browser, which opens pages."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._pages: dict[str, Page] = {}
        wire.heard = self._heard

    async def begin(self) -> None:
        """Begin a session, and hear of what pages complain about."""
        await self._ask("session.new", capabilities={})
        events = ["log.entryAdded", "browsingContext.contextDestroyed"]
        await self._ask("session.subscribe", events=events)
        await self._ask("script.addPreloadScript", functionDeclaration=_POLICY)

    async def open(self, url: str) -> Page:
        made = await self._ask("browsingContext.create", type="window")
        page = Page(self._wire, made["context"])
        self._pages[made["context"]] = page
        await page.go(url)
        return page

    async def _ask(self, method: str, **parameters: Any) -> Any:
        return await self._wire.ask({"method": method, "params": parameters})

    def _heard(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        match event.get("method"):
            case "log.entryAdded" if told["level"] in {"error", "warn"} and not _is_its_own(told):
                context = told["source"].get("context", "")
                if page := self._pages.get(context):
                    page.complaints.append(f"{told['text']} {told.get('stackTrace', '')}")
            case "browsingContext.contextDestroyed" if told["context"] in self._pages:
                self._wire.fall(told["context"], "the page has crashed or was closed")


def _is_its_own(told: dict[str, Any]) -> bool:
    """Firefox's own error where a page is loaded while it is asked: it has no place, and no page hears of it.

    What a page's scripts throw has a place, and `_POLICY` hears of it as well.
    """
    return "stackTrace" not in told and "Permission denied to access property" in told["text"]


@contextlib.asynccontextmanager
async def browse_here(profile: Path) -> AsyncIterator[Browser]:
    """Start the browser on this machine with a profile of its own; its peer connections use the loopback."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program is not None, "tools/setup-tests installs Firefox"
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items())
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "user.js").write_text("\n".join(lines))
    arguments = ("--headless", "--no-remote", "--remote-debugging-port=0", "--profile")
    process = await asyncio.create_subprocess_exec(
        *DYING_TOGETHER, program, *arguments, str(profile), **environment(profile)
    )
    async with announced(process, "WebDriver BiDi listening on ") as where:
        async with asyncio.timeout(PATIENCE):
            connection = await websockets.connect(f"{where}/session", proxy=None, max_size=None)
        async with connection, wired(connection) as wire:
            browser = Browser(wire)
            await browser.begin()
            yield browser


def _value(told: dict[str, Any]) -> Any:
    """A value of BiDi's as JSON has it; what JSON has not, such as an element, is an empty dict."""
    value = told.get("value")
    match told["type"]:
        case "undefined" | "null":
            return None
        case "array":
            return [_value(each) for each in value]
        case "object":
            return {key: _value(each) for key, each in value}
        case "string" | "number" | "boolean":
            return value
    return {}
