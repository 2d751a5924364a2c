"""Make the pictures of the documentation: `python -m tests.screenshots`.

Fills an installation of its own with the demo data, serves it, lets one order live from the API to the customer and
back, and photographs the pages on the way into docs/images. Needs Chromium (or its path in CHROMIUM). The pictures
differ from run to run in numbers and dates; commit them when a page has changed.

    python -m tests.screenshots --var DIR      keep the installation in DIR and use it again
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from oms import __main__ as bootstrap

IMAGES = bootstrap.ROOT / "docs" / "images"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 760}
GOODS = {"BOWL-SAND": 2, "NAPKIN-OAT": 1, "HONEY-LIME": 3}
ORDER = {
    "customer": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+49 30 901820"},
    "ship_to": {
        "name": "Ada Lovelace",
        "street": ["Torstr. 12"],
        "postcode": "10119",
        "city": "Berlin",
        "country": "DE",
    },
    "lines": [{"sku": sku, "quantity": units} for sku, units in GOODS.items()],
    "payment": {"method": "channel", "reference": "PSP-7781"},
    "language": "en",
}


class Api:
    """The demo's web shop."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        self.key = key
        self.run = f"{time.time():.0f}"

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST `body` under a key of its own, or GET without one; return the answer."""
        request = urllib.request.Request(
            f"{self.address}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"pictures-{self.run}-{path}",
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


def main(arguments: list[str]) -> int:
    """Set up, serve, photograph; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots")
    parser.add_argument("--var", type=Path, help="folder of the installation; default: a new one")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="oms-pictures-") as folder:
        serve(options.var or Path(folder))
    return 0


def serve(var: Path) -> None:
    """Fill and start the installation in `var`, take the pictures, stop it."""
    port = bootstrap.free_port(8600)
    address = f"http://127.0.0.1:{port}"
    environment = {
        **bootstrap.scrubbed(os.environ),
        "OMS_VAR": str(var),
        "PUBLIC_URL": address,
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "ERROR",
        "WEB_CONCURRENCY": "1",
    }
    for command in (["migrate", "-v0"], ["demo", "seed"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=bootstrap.ROOT,
            env=environment,
            check=True,
        )
    demo = json.loads((var / "demo.json").read_text(encoding="utf-8"))
    passwords = {login["username"]: login["password"] for login in demo["logins"]}
    children = []
    try:
        children.append(bootstrap.start(bootstrap.web_command(port), environment))
        children.append(bootstrap.start(bootstrap.worker_command(), environment))
        bootstrap.wait_ready(address, children, bootstrap.READY_SECONDS)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
            photograph(browser, Api(address, demo["api_key"]), passwords)
            browser.close()
    finally:
        bootstrap.end(children)


def photograph(browser: Browser, api: Api, passwords: dict[str, str]) -> None:
    """Let one order live and take the pictures on its way."""
    # Enough of everything in the warehouse where the demo's packer works.
    delivery = [{"sku": sku, "quantity": 24} for sku in GOODS]
    api("stock/receipts", {"location": "BER", "document": "PO-4711", "lines": delivery})
    order = api("orders", {"external_id": f"SHOP-{api.run}", **ORDER})
    number = order["number"]
    until(lambda: api(f"fulfillment-orders?order={number}")["results"])

    desk = opened(browser, api.address, DESK)
    sign_in(desk, "manager", passwords)
    desk.goto("/admin/")
    desk.wait_for_timeout(1_500)  # the charts grow
    shoot(desk, "start")
    desk.goto("/admin/orders/order/")
    shoot(desk, "orders")

    phone = opened(browser, api.address, PHONE)
    sign_in(phone, "warehouse", passwords)
    phone.goto("/admin/warehouse/")
    scan(phone, number)
    expect(phone.locator(".f-next")).to_be_visible()
    work = api(f"fulfillment-orders?order={number}")["results"][0]
    codes = {line["sku"]: line["barcode"] for line in work["lines"]}
    scan(phone, codes["BOWL-SAND"])
    shoot(phone, "pick")
    api(
        f"fulfillment-orders/{work['number']}/pick",
        {
            "lines": [
                {"line_id": line["line_id"], "quantity": line["to_pick"]}
                for line in api(f"fulfillment-orders/{work['number']}")["lines"]
                if line["to_pick"]
            ]
        },
    )
    phone.reload()
    phone.get_by_role("link", name="Pack").first.click()
    for sku in ("BOWL-SAND", "BOWL-SAND", "NAPKIN-OAT"):
        scan(phone, codes[sku])
    shoot(phone, "pack")

    parcel = leave(api, work)
    desk.goto("/admin/orders/order/?q=" + number)
    desk.locator("#result_list tbody a").first.click()
    shoot(desk, "order")

    status = opened(browser, api.address, PHONE)
    status.goto("/status/?language=en")
    status.get_by_label("Order number").fill(number)
    status.get_by_label("E-mail address or postcode").fill("10119")
    status.get_by_role("button", name="Show my order").click()
    expect(status.get_by_text(parcel["tracking_number"]).first).to_be_visible()
    shoot(status, "status")

    back = come_back(api, order)
    desk.goto("/admin/returns/return/?q=" + back["number"])
    desk.locator("#result_list tbody a").first.click()
    shoot(desk, "return")

    desk.goto("/admin/inventory/level/?q=BOWL-")
    shoot(desk, "stock")
    desk.goto("/admin/inventory/proposal/")
    shoot(desk, "proposals")
    desk.goto("/admin/alerts/")
    desk.locator("a[href*='/admin/items/']").first.click()
    desk.wait_for_timeout(1_500)  # the chart grows
    shoot(desk, "item")


def leave(api: Api, work: dict[str, Any]) -> dict[str, Any]:
    """Pack, label and ship all of the work, and report the parcel's way to the door's last mile; return the parcel."""
    size = {"weight_g": 3_400, "length_mm": 400, "width_mm": 300, "height_mm": 200}
    number = api(f"fulfillment-orders/{work['number']}/pack", size)["number"]
    api(f"shipments/{number}/label", {"carrier": "house", "service": "standard"})
    parcel: dict[str, Any] = api(f"shipments/{number}/ship", {})
    now = datetime.now(UTC)
    scans = [
        {
            "tracking_number": parcel["tracking_number"],
            "status": status,
            "occurred_at": (now - timedelta(minutes=minutes)).isoformat(),
            "place": place,
        }
        for status, minutes, place in (
            ("picked_up", 9, "Berlin"),
            ("in_transit", 6, "Rüdersdorf"),
            ("out_for_delivery", 2, "Berlin-Mitte"),
        )
    ]
    api("tracking/scans", {"carrier": parcel["carrier"], "scans": scans})
    return parcel


def come_back(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    """Authorize the return of one bowl and receive it; return the return."""
    line = order["lines"][0]["id"]
    wish = {"line_id": line, "quantity": 1, "reason": "damaged"}
    back = api("returns", {"order": order["number"], "lines": [wish]})
    units = [{"line_id": line, "grade": "damaged", "quantity": 1}]
    received: dict[str, Any] = api(
        f"returns/{back['number']}/receive", {"location": "BER", "units": units}
    )
    return received


def chromium() -> str:
    """Return the path of the browser. Raises FileNotFoundError."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, bootstrap.BROWSERS)), None)
    if not found:
        raise FileNotFoundError("There is no Chromium; install it or name its path in CHROMIUM.")
    return found


# The camera ---------------------------------------------------------------------------------------


def opened(browser: Browser, address: str, size: dict[str, int]) -> Page:
    """Open a light page of the size, with a session of its own."""
    context = browser.new_context(
        base_url=address,
        viewport=size,  # type: ignore[arg-type]  # a plain dict is a ViewportSize
        locale="en-GB",
        timezone_id="Europe/Berlin",
        color_scheme="light",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def sign_in(page: Page, username: str, passwords: dict[str, str]) -> None:
    """Sign in to the console."""
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(passwords[username])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def scan(page: Page, code: str) -> None:
    """Type a code as a scanner does."""
    page.locator("#scan").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("#scan")).to_have_value("")
    page.wait_for_timeout(800)  # the answer, and the next code is not typed into it


def shoot(page: Page, name: str) -> None:
    """Save what is seen, in 256 colours."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(700)  # what the scripts still move
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    bootstrap.say(f"{path.relative_to(bootstrap.ROOT)} {path.stat().st_size // 1024} KB")


def until(ready: Callable[[], object], seconds: float = 30) -> None:
    """Wait until `ready` gives something true; raise TimeoutError."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("The order did not reach the warehouse.")
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
