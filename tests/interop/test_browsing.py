"""What a test is told when a page or a browser does not answer any more."""

import asyncio
from pathlib import Path

import pytest

from tests.interop.browsing import BrowserError
from tests.interop.chromium import browse_here

pytestmark = pytest.mark.interop
#: It would be waited for without end.
NEVER = "new Promise(() => console.error('it', 'waits'))"


async def test_a_wait_without_end_a_crashed_page_and_a_lost_browser_fail_a_test_in_a_sentence(
    tmp_path: Path,
) -> None:
    async with asyncio.timeout(60), browse_here(tmp_path) as browser:
        page, other = await browser.open("about:blank"), await browser.open("about:blank")
        with pytest.raises(BrowserError, match=r"no answer within 0\.5 s to .*new Promise.*waits"):
            await page.evaluate(NEVER, 0.5)

        waiting = asyncio.create_task(page.evaluate(NEVER))
        crashing = asyncio.create_task(page.ask("Page.crash"))
        for each in (waiting, crashing):
            with pytest.raises(BrowserError, match="the page has crashed"):
                await each
        with pytest.raises(BrowserError, match="the page has crashed"):
            await page.evaluate("1")
        assert await other.evaluate("1 + 1") == 2

        waiting = asyncio.create_task(other.evaluate(NEVER))
        with pytest.raises(BrowserError, match="the browser is gone"):
            await asyncio.gather(browser.ask("Browser.crash"), waiting)
        with pytest.raises(BrowserError, match="the browser is gone"):
            await other.evaluate("1")
