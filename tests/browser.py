"""A real headless Chromium for the tests, in which whatever a page should not do is noted."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

__all__ = ["PHONE", "STANDARDS", "Tab", "faults", "hosting", "open_tab", "running"]

PHONE = {"width": 390, "height": 844}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """Run the browser at a path."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()


class Tab:
    """Hold a page, and what it said on its console or asked of other hosts."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.said: list[str] = []
        self.strayed: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text) if message.type in _LOUD else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)
        if urlsplit(request.url).scheme not in {"data", "blob"} and not request.url.startswith(self.url):
            self.strayed.append(request.url)

    def go(self, path: str) -> Page:
        """Open a page of the site, whole."""
        self.page.goto(self.url + path.removeprefix("/"))
        return self.page

    def well(self) -> bool:
        """Tell whether nothing was said on the console and nothing asked of another host; fail with what was."""
        assert (self.said, self.strayed) == ([], [])
        return True


_LOUD = {"error", "warning"}


@contextmanager
def open_tab(browser: Browser, url: str, **options: Any) -> Iterator[Tab]:
    """Open a page in a profile of its own.

    :param url: the address of the site, with its last slash
    :param options: as Playwright takes them: ``java_script_enabled``, ``viewport``, ``color_scheme``, ``offline``
    """
    context = browser.new_context(**options)
    try:
        yield Tab(context.new_page(), url)
    finally:
        context.close()


def faults(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2, levels A and AA: rule and the first place of each."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]} ({len(one['nodes'])})" for one in found]


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".wasm": "application/wasm", ".js": "text/javascript"}

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def hosting(folder: Path, asked: Callable[[str], None] | None = None) -> Iterator[str]:
    """Serve the files of a folder as any web host does, and give the address."""

    class Handler(_Quiet):
        def do_GET(self) -> None:
            if asked:
                asked(self.path)
            super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
