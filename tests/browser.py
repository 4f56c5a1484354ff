"""Debian's Chromium without a screen, driven by selenium, for tests of the report's page."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars")
HOW = "no Chromium with its driver found; on Debian: apt-get install -y chromium chromium-driver"


@contextmanager
def chromium(width: int = 1280, height: int = 900, *flags: str) -> Iterator[Any]:
    """A browser window of that size in CSS pixels; skips the test where there is no browser."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip(HOW)
    pytest.importorskip("selenium", reason="selenium is missing; pip install -r requirements-test.txt")
    from selenium import webdriver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}", *flags):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        session = webdriver.Chrome(options, webdriver.ChromeService(driver))
        try:
            session.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
            yield session
        finally:
            session.quit()


def open_page(session: Any, page: Path, fragment: str = "") -> None:
    """Open a report from disk and wait until its script has drawn it."""
    from selenium.webdriver.support.ui import WebDriverWait

    session.get("about:blank")
    session.get(page.resolve().as_uri() + fragment)
    WebDriverWait(session, 20).until(lambda one: one.execute_script("return document.documentElement.dataset.ready"))
