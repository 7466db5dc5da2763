# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests in the browser.

All tests share one cloud, one Horizon and one Chromium, and each has a new
page. ``admin`` and ``member`` are pages of a user who is logged in. An error
in the browser's console, or in a script, fails the test.
"""

import os
import pathlib
import shutil
import subprocess

import pytest
from playwright import sync_api

from tests.browser import api
from tests.browser import services

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Milliseconds that the browser waits for something.
PATIENCE = 60_000


def _need(what: str, there: bool) -> None:
    """Skip, or fail if CLOUDKITTY_TEST_REQUIRE names it."""
    if there:
        return
    required = os.environ.get("CLOUDKITTY_TEST_REQUIRE", "").split(",")
    if "all" in required or what in required:
        pytest.fail(f"{what} is not available")
    pytest.skip(f"{what} is not available")


def _has_keystone() -> bool:
    return not subprocess.run(
        [os.environ["CLOUDKITTY_PYTHON"], "-c", "import keystone"],
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    _need("chromium", CHROMIUM is not None)
    _need("keystone", _has_keystone())
    started = services.Cloud(tmp_path_factory.mktemp("cloud") / "cloud.log")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def horizon(tmp_path_factory, cloud):
    yield from _horizon(tmp_path_factory.mktemp("horizon"), cloud)


@pytest.fixture(scope="session")
def stock_horizon(tmp_path_factory, cloud):
    """Horizon with the panels of cloudkitty-dashboard too."""
    yield from _horizon(tmp_path_factory.mktemp("stock"), cloud, stock=True)


def _horizon(folder, cloud, *, stock=False):
    started = services.Horizon(
        folder,
        pathlib.Path(os.environ["DASHBOARD_CACHE"]),
        cloud.facts["keystone"],
        stock=stock,
    )
    yield started
    started.stop()


@pytest.fixture(scope="session")
def rating(cloud):
    """The rating API as the administrator."""
    return api.Api(cloud.facts)


@pytest.fixture(scope="session")
def browser():
    sync_api.expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def logins(browser, horizon, cloud):
    """Cookies of the users by their names."""
    states = {}

    def login(user: str):
        if user not in states:
            context = browser.new_context(base_url=horizon.url)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto("/auth/login/")
            page.get_by_label("User Name").fill(user)
            page.get_by_label("Password", exact=True).fill(
                cloud.facts["password"]
            )
            page.get_by_role("button", name="Sign In").click()
            page.wait_for_url(lambda url: "/auth/login" not in url)
            states[user] = context.storage_state()
            context.close()
        return states[user]

    return login


@pytest.fixture
def open_page(browser, horizon, logins):
    """Return a function that opens a page of a user."""
    contexts, messages = [], []

    def open_it(user: str, **options):
        context = browser.new_context(
            base_url=horizon.url,
            storage_state=logins(user),
            viewport=options.pop("viewport", {"width": 1280, "height": 900}),
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.url_of_horizon = horizon.url
        page.set_default_timeout(PATIENCE)
        page.on(
            "console",
            lambda message: (
                message.type == "error" and messages.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: messages.append(str(error)))
        return page

    open_it.messages = messages
    yield open_it
    for context in contexts:
        context.close()
    assert messages == []


@pytest.fixture
def admin(open_page):
    return open_page("admin")


@pytest.fixture
def approver(open_page):
    """Another administrator."""
    return open_page("approver")


@pytest.fixture
def member(open_page):
    return open_page("member")


@pytest.fixture(autouse=True)
def _healthy(request):
    """Start each test with a processor and a source that works."""
    if "cloud" in request.fixturenames:
        cloud = request.getfixturevalue("cloud")
        cloud.do("heal_source")
        cloud.do("start_processor")
