"""In a real browser: no violation of the content policy, nothing wider than a phone, no script."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from serving.permissions import Role
from tests.serving.factories import HERE, House, house

pytestmark = pytest.mark.browser
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
PAGES = [
    (None, "/login"),
    (Role.COUNSELOR, "/"),
    (Role.COUNTY, "/"),
    (Role.COUNSELOR, f"/schools/{HERE}"),
    (Role.COUNSELOR, "/pupils/p0000000000000000001"),
    (Role.CLASS_TEACHER, "/pupils/p0000000000000000001"),
    (Role.ANALYST, "/models"),
    (Role.COUNTY, "/health"),
    (Role.ADMINISTRATOR, "/audit"),
    (Role.ANALYST, "/docs"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A house answering on a port of its own."""
    home = house(tmp_path_factory.mktemp("browser"), demo=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(home.app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    yield home, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of the system; skipped with a word where there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: pages were not looked at in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


def opened(browser: Any, served: tuple[House, str], role: Role | None, width: int) -> Any:
    """A page in a window so many pixels wide, logged in as ``role``, with its complaints kept."""
    home, address = served
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=address)
    if role is not None:
        token = home.doors.sessions.open(role.value)
        context.add_cookies([{"name": "baoxue_session", "value": token, "url": address}])
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    # a picture still on its way when the person leaves the page is given up by the browser: no complaint
    page.on(
        "requestfailed",
        lambda request: (
            None if request.failure == "net::ERR_ABORTED" else page.complaints.append(request.url)
        ),
    )
    page.hosts = set()
    page.on("request", lambda request: page.hosts.add(request.url.split("/")[2]))
    return page


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("role", "path"), PAGES)
def test_a_phone_shows_the_whole_width(
    browser: Any, served: tuple[House, str], role: Role | None, path: str, lang: str
) -> None:
    """At 390 pixels nothing sticks out, nothing is refused by the policy, no other host is asked."""
    page = opened(browser, served, role, 390)
    assert page.goto(f"{path}?lang={lang}").status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []
    assert page.hosts == {served[1].split("/")[2]}
    page.context.close()


def test_a_person_logs_in_reads_and_reveals(browser: Any, served: tuple[House, str]) -> None:
    """The road of a counselor by hand, without a line of script on our side."""
    page = opened(browser, served, None, 1180)
    page.goto("/pupils/p0000000000000000001")
    page.fill("#name", "counselor")
    page.fill("#password", "correct horse 7")
    page.click("main form button")
    assert page.url.endswith("/pupils/p0000000000000000001")
    assert page.locator(".waterfall rect").count() == 7
    page.click("summary.button")
    page.select_option("#reason", "visit")
    page.click(".reveal button")
    assert "欧阳金丝雀" in page.inner_text("h1")
    page.goto("/")
    page.click("header form button")
    assert "/login" in page.url
    assert page.complaints == []
    page.context.close()


def test_paper_leaves_out_what_is_not_for_paper(browser: Any, served: tuple[House, str]) -> None:
    """In print: no background, no buttons, but boxes to tick and a line to sign."""
    page = opened(browser, served, Role.COUNSELOR, 800)
    page.goto("/pupils/p0000000000000000001")
    page.emulate_media(media="print")
    said = page.inner_text("body")
    assert "背景信息合计" not in said
    assert "显示完整姓名" not in said
    assert "□属实 □有误" in said
    assert "核实人签名" in said
    page.context.close()
