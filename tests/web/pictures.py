"""Makes the pictures of the faces that the documents show: ``python -m tests.web.pictures``.

It looks at the demonstration, so `make demo` must have run.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright.sync_api import Browser

from entrypoints.demo.people import PEOPLE
from entrypoints.settings import ROOT
from tests.running import CONSOLE_SCRIPT
from tests.waiting import eventually
from tests.web.portal import chromium

PORT = "8098"
ADDRESS = f"http://127.0.0.1:{PORT}"
FACES = {
    "customer": "/orders/klinika-infolinia",
    "finance": "/finance",
    "sales": "/sales",
    "platform": "/platform",
}
"""Each face and the page that shows it best; of sales the first saved model."""
TO = ROOT / "docs" / "pictures"


def take(browser: Browser, role: str, path: str, to: Path) -> None:
    """Signs in as a role of the demonstration and takes a picture of a page."""
    person = next(own for own in PEOPLE if own.user.role == role)
    size = {"width": 1200, "height": 860}
    context = browser.new_context(base_url=ADDRESS, viewport=size)  # type: ignore[arg-type]  # a plain dict will do
    page = context.new_page()
    page.goto("/language/en?next=/signin")
    page.fill("#email", person.user.email)
    page.fill("#password", person.password)
    page.click("main button")
    page.wait_for_load_state()
    page.goto(path)
    if role == "sales":
        page.click("main table a")
        page.wait_for_load_state()
    page.screenshot(path=to / f"{role}.png")
    context.close()


def main() -> None:
    """Takes a picture of each face."""
    TO.mkdir(exist_ok=True)
    command = [str(CONSOLE_SCRIPT), "serve", "--demo", "--port", PORT]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        log = service.stderr
        assert log is not None
        eventually(lambda: "listening" in log.readline(), "the service")
        try:
            with chromium() as browser:
                for role, path in FACES.items():
                    take(browser, role, path, TO)
        finally:
            service.terminate()


if __name__ == "__main__":
    main()
