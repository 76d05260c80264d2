"""The live page in a real browser, before a real process that serves ten thousand tenants.

`MM_WRITE_SCREENSHOT=true` has the test write docs/console.png, which the README shows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import console_served
import pytest
from console_served import BROKEN, LONG_NAME, PINNED, TENANTS, TWO_VERSIONS
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served_demo import Served
from waiting import await_that

from launcher import testing
from launcher.build import browser as chromium
from launcher.project import Project

pytestmark = pytest.mark.jar

WIDTH, HEIGHT = 1440, 900
PATIENCE_MS = 15_000
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = '<img src=x onerror="window.hacked=true">"\'><script>window.hacked=true</script>' + "x" * 40
expect.set_options(timeout=PATIENCE_MS)

ALIKE = "shop-00120"
"""A tenant without a place, and not asked so often that it gets one."""


@pytest.fixture(scope="module")
def served(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    project = Project(repository)
    if not project.jar.is_file():
        pytest.fail(f"{project.jar} is missing; `mvn package` makes it")
    with (
        console_served.serving(project, tmp_path_factory.mktemp("console")) as served,
        console_served.asked_all_the_time(served),
    ):
        yield served


@pytest.fixture(scope="module")
def browser(repository: Path) -> Iterator[Browser]:
    executable = chromium.find(Project(repository))
    if executable is None:
        reason = "no Chromium; ./many-models test gets it"
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, served: Served) -> Iterator[Page]:
    """The page, which complains of nothing and asks no other host."""
    opened = context.new_page()
    complaints: list[str] = []
    asked: set[str] = set()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("request", lambda request: asked.add(request.url))
    opened.goto(f"{served.base_url}/console")
    expect(opened.locator("#link")).to_have_text("live", timeout=PATIENCE_MS)
    yield opened
    # What the server refuses is logged by the browser itself.
    assert not [text for text in complaints if not re.search(r"status of (400|401|404|422|502)", text)]
    assert not [url for url in asked if not url.startswith((served.base_url, "data:"))]


def search(page: Page, tenant: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(tenant)
    page.keyboard.press("Enter")
    expect(page.locator("#tenant-name")).to_have_text(tenant)


def use_token(page: Page, served: Served) -> None:
    page.locator("#access-token").fill(served.admin_token)
    page.get_by_role("button", name="Use it").click()


def test_ten_thousand_tenants_are_few_elements(page: Page) -> None:
    expect(page.locator("#deployments-sum")).to_contain_text("10,000 tenants")
    rows = page.locator("#deployments .row")
    assert rows.count() < 100
    assert int(rows.first.get_attribute("aria-setsize") or 0) > TENANTS
    assert page.locator("#deployments .row.deployment").first.inner_text().startswith("▾")
    page.locator("#deployments").focus()
    page.keyboard.press("End")
    last = page.locator("#deployments .row[aria-selected=true]")
    # By name the long one comes last, as long as it has no place.
    expect(last).to_have_text(re.compile(f"^({console_served.tenant(TENANTS)}|{re.escape(LONG_NAME)})$"))
    page.keyboard.press("PageUp")
    page.keyboard.press("Enter")
    expect(page.locator("#tenant-name")).to_contain_text("shop-")
    assert page.evaluate("document.querySelectorAll('*').length") < 4_000
    # A hundred jumps through the list, each drawn.
    longest = page.evaluate(
        """async () => {
          const list = document.getElementById("deployments");
          let longest = 0;
          for (let i = 0; i < 100; i++) {
            const begun = performance.now();
            list.scrollTop = (i * 7919) % list.scrollHeight;
            list.dispatchEvent(new Event("scroll"));
            longest = Math.max(longest, performance.now() - begun);
            await new Promise((resolve) => requestAnimationFrame(resolve));
          }
          return longest;
        }"""
    )
    assert longest < 100, "milliseconds for a screen of rows"


def test_figures_charts_and_tiers_tell_of_the_traffic(page: Page) -> None:
    tile = page.locator("#figures .tile strong")
    expect(tile.nth(0)).to_have_text(re.compile(r"^[1-9]"))
    expect(tile.nth(3)).to_have_text(re.compile(r"^[1-9][\d.]* (ms|µs|s)$"))
    assert page.locator("#requests-chart canvas").count() == 1
    painted = """(id) => {
      const canvas = document.querySelector(`#${id} canvas`);
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      let coloured = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        coloured += pixels[i + 3] > 200 && Math.max(...pixels.slice(i, i + 3)) - Math.min(...pixels.slice(i, i + 3)) > 80;
      }
      return coloured;
    }"""
    for chart in ("requests-chart", "latency-chart"):
        await_that(f"{chart} has a line", lambda chart=chart: page.evaluate(painted, chart) > 50, 15)
    hot = page.locator("#tiers tbody tr").first
    expect(hot).to_contain_text("Hot deployments")
    expect(hot.locator("td").nth(1)).to_have_text(re.compile(r"^[1-9][\d.]* %$"))


def test_busiest_and_failing_tenants(page: Page) -> None:
    first = page.locator("#tenants tbody tr").first
    expect(first.locator("button")).to_have_text(LONG_NAME)
    page.get_by_role("tab", name="Busiest").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Failing")).to_have_attribute("aria-selected", "true")
    expect(first.locator("td.bad")).to_have_text(re.compile(r"^[1-9]"))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Slowest")).to_be_focused()
    expect(first.locator("td").nth(3)).to_have_text(re.compile(r"(ms|s)$"))


def test_moves_come_as_they_happen(page: Page, served: Served) -> None:
    expect(page.locator("#moves-link")).to_have_text("as they happen")
    for mapping, kind in (({PINNED: "deployment4", ALIKE: "deployment4"}, "pinned"), ({PINNED: "deployment4"}, "evicted")):
        served.call("/update_dedicated_pool", {"mapping": mapping})
        move = page.locator("#moves li", has=page.get_by_role("button", name=ALIKE)).first
        expect(move.locator(".kind")).to_have_text(re.compile(f"{kind}|unpinned"))


def test_moves_are_asked_for_where_there_is_no_stream(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    page.route(
        "**/events?after=*",
        lambda route: route.continue_(headers={**route.request.headers, "accept": "application/json"}),
    )
    page.goto(f"{served.base_url}/console")
    expect(page.locator("#moves-link")).to_have_text("every two seconds")
    other = "shop-00121"
    served.call("/update_dedicated_pool", {"mapping": {PINNED: "deployment4", other: "deployment4"}})
    expect(page.locator("#moves li", has=page.get_by_role("button", name=other)).first).to_be_visible()
    served.call("/update_dedicated_pool", {"mapping": {PINNED: "deployment4"}})


def test_a_tenant_is_found_explained_and_scored(page: Page, served: Served) -> None:
    search(page, PINNED)
    drawer = page.locator("#tenant")
    expect(drawer.locator(".place")).to_contain_text("Deployment4")
    expect(drawer.locator(".place")).to_contain_text("only an operator moves a pinned tenant")
    expect(drawer.locator(".signature").first).to_contain_text("FP32 [-1, 4]")
    assert page.url.endswith(f"#tenant={PINNED}")
    for field, value in enumerate((5.1, 3.5, 1.4, 0.2)):
        drawer.locator(".cell input").nth(field).fill(str(value))
    drawer.get_by_role("button", name="Score").click()
    expected = served.call("/score", {"tenant": PINNED, "inputs": {"X": [[5.1, 3.5, 1.4, 0.2]]}, "outputs": "all"})
    expect(drawer.locator(".score .answer")).to_contain_text("Deployment4, version 1")
    shown = drawer.locator(".score .answer .value").all_inner_texts()
    assert [json.loads(text) for text in shown] == [values[0] for values in expected["outputs"].values()]
    drawer.locator(".cell input").nth(0).fill("many")
    drawer.get_by_role("button", name="Score").click()
    expect(drawer.locator(".score .refusal")).to_contain_text("'many' is not a number")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    expect(page).to_have_url(f"{served.base_url}/console")


def test_an_address_opens_a_tenant(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    page.goto(f"{served.base_url}/console#tenant={LONG_NAME}")
    expect(page.locator("#tenant-name")).to_have_text(LONG_NAME)
    expect(page.locator("#tenant .pairs").first).to_be_visible()


def test_changes_need_a_token_and_say_why_not(page: Page, served: Served) -> None:
    search(page, TWO_VERSIONS)
    drawer = page.locator("#tenant")
    drawer.get_by_role("button", name=re.compile("^Pin to")).click()
    expect(page.locator("#access .refusal")).to_be_visible()
    expect(drawer.locator(".actions .refusal")).to_contain_text(page.locator("#access .refusal").inner_text())
    use_token(page, served)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    drawer.get_by_role("button", name=re.compile("^Pin to")).click()
    expect(drawer.get_by_role("button", name="Unpin")).to_be_visible()
    assert TWO_VERSIONS in served.call("/deployment_map")["dedicated"]
    assert PINNED in served.call("/deployment_map")["dedicated"], "the others stay pinned"
    drawer.get_by_role("button", name="Unpin").click()
    expect(drawer.get_by_role("button", name=re.compile("^Pin to"))).to_be_visible()


def test_versions_are_promoted_and_rolled_back(page: Page, served: Served) -> None:
    page.locator("#token").click()
    use_token(page, served)
    search(page, TWO_VERSIONS)
    drawer = page.locator("#tenant")
    expect(drawer.locator(".pairs dd").filter(has_text=re.compile("^2$")).first).to_be_visible()
    drawer.get_by_role("button", name="Roll back to version 1").click()
    await_that("version 1 is live", lambda: live_version(served, TWO_VERSIONS) == 1, 10)
    expect(drawer.get_by_role("button", name="Promote")).to_be_enabled()
    expect(drawer.get_by_role("button", name="Roll back to version 1")).to_have_count(0)
    drawer.locator("#live-version").select_option("2")
    drawer.get_by_role("button", name="Promote").click()
    await_that("version 2 is live", lambda: live_version(served, TWO_VERSIONS) == 2, 10)


def live_version(served: Served, tenant: str) -> Any:
    return served.call(f"/models/{tenant}")["version"]


def test_what_is_wrong_is_shown(page: Page, served: Served) -> None:
    troubles = page.locator("#troubles")
    expect(troubles).to_contain_text("Configuration of Deployment3 refused")
    page.locator("#token").click()
    use_token(page, served)
    search(page, BROKEN)
    drawer = page.locator("#tenant")
    # It has to be held before it can be behind.
    drawer.locator(".cell input").nth(0).fill("1")
    drawer.get_by_role("button", name="Score").click()
    expect(drawer.locator(".score .answer")).to_contain_text("version 1")
    drawer.locator("#live-version").select_option("2")
    drawer.get_by_role("button", name="Promote").click()
    expect(drawer.locator(".actions .answer")).to_contain_text("Refused")
    page.keyboard.press("Escape")
    trouble = troubles.locator("li", has=page.get_by_role("button", name=BROKEN))
    expect(trouble).to_contain_text("The live version does not load")
    expect(trouble).to_contain_text("version 1 answers")


def test_hostile_names_are_text(context: BrowserContext, served: Served) -> None:
    """The server's own names are harmless, so a proxy in between puts others in."""
    page = context.new_page()

    def tenants(route: Any) -> None:
        answer = route.fetch().json()
        answer["tenants"] = [{**each, "tenant": f"{HOSTILE}{i}"} for i, each in enumerate(answer["tenants"])]
        route.fulfill(json=answer)

    page.route("**/tenants?*", tenants)
    page.route("**/v1/models", lambda route: route.fulfill(json={"models": [f"{HOSTILE}{i}" for i in range(50)]}))
    page.route("**/events?limit=*", lambda route: route.fulfill(json=hostile_moves()))
    page.goto(f"{served.base_url}/console")
    expect(page.locator("#tenants tbody button").first).to_have_text(f"{HOSTILE}0")
    expect(page.locator("#moves button").first).to_have_text(HOSTILE)
    page.locator("#deployments").focus()
    page.keyboard.press("End")
    expect(page.locator("#deployments .row[aria-selected=true]")).to_have_text(f"{HOSTILE}49")
    page.locator("#search").fill(HOSTILE)
    expect(page.locator("#found li").first).to_have_text(f"{HOSTILE}0")
    page.keyboard.press("Enter")
    expect(page.locator("#tenant .refusal")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1


def hostile_moves() -> dict[str, Any]:
    """After which no real one is news."""
    texts = dict.fromkeys(("tenant", "deployment", "reason", "kind"), HOSTILE)
    move = {"sequence": 1, "at": "2030-01-31T12:00:00Z", "generation": "1.1", "others": [], **texts}
    return {"term": 1, "next": 10**15, "moves": [move]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable(browser: Browser, served: Served, scheme: Any) -> None:
    """By WCAG 2.2, 1.4.3: a contrast of 4.5 at least, measured on what is drawn."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{served.base_url}/console#tenant={PINNED}")
    expect(page.locator("#tenant .signature").first).to_be_visible()
    expect(page.locator("#tenants tbody tr").first).to_be_visible()
    expect(page.locator("#moves li").first).to_be_visible()
    found = page.evaluate((Path(__file__).parent / "contrast.js").read_text())
    context.close()
    assert found["texts"] > 100
    assert found["poor"] == []


@pytest.mark.parametrize("width", [360, 768, 1024])
def test_narrow_screens_need_no_scrolling_sideways(context: BrowserContext, served: Served, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{served.base_url}/console")
    expect(page.locator("#tenants tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    search(page, LONG_NAME)
    expect(page.locator("#tenant .pairs").first).to_be_visible()
    assert page.evaluate("document.querySelector('#tenant').scrollWidth") <= width


def test_the_screenshot_of_the_readme(page: Page, repository: Path, tmp_path: Path) -> None:
    expect(page.locator("#tenants tbody tr").first).to_be_visible()
    expect(page.locator("#moves li").nth(8)).to_be_visible()
    expect(page.locator("#requests-chart canvas")).to_be_visible()
    writes = os.environ.get("MM_WRITE_SCREENSHOT") == "true"
    samples = 40 if writes else 2
    charts = page.locator("#latency-chart")
    await_that("the charts have something to show", lambda: int(charts.get_attribute("data-samples") or 0) > samples, 120)
    kept = repository / "docs" / "console.png"
    made = kept if writes else tmp_path / "console.png"
    page.screenshot(path=made)
    assert size_of(made.read_bytes()) == size_of(kept.read_bytes()) == (WIDTH, HEIGHT)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
