# SPDX-License-Identifier: Apache-2.0
"""A cloud with some orders, and Horizon to look at them."""

import os
import pathlib
import signal
import sys
import tempfile
import threading

from tests.browser import api
from tests.browser import services


def main() -> None:
    # Also where a shell started it in the background; both end the services.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="dashboard-demo-") as name:
        folder = pathlib.Path(name)
        print("starting Keystone, API and processor ...", flush=True)
        cloud = services.Cloud(folder / "cloud.log")
        try:
            _show(cloud, folder)
        except KeyboardInterrupt:
            print()
        finally:
            print("stopping", flush=True)
            cloud.stop()


def _show(cloud: services.Cloud, folder: pathlib.Path) -> None:
    print("making orders ...", flush=True)
    _make_orders(cloud, api.Api(cloud.facts))
    print("starting Horizon ...", flush=True)
    cache = pathlib.Path(os.environ["DASHBOARD_CACHE"])
    horizon = services.Horizon(folder, cache, cloud.facts["keystone"])
    try:
        print(
            f"\n  {horizon.url}/admin/reprocesses/\n"
            f"  user admin (or member), password {cloud.facts['password']}\n",
            flush=True,
        )
        if "--once" not in sys.argv:
            print("Ctrl-C ends it.", flush=True)
            threading.Event().wait()
    finally:
        horizon.stop()


def _make_orders(cloud: services.Cloud, rating: api.Api) -> None:
    """Make a preview and orders that succeeded, failed and are paused."""
    names = list(cloud.facts["projects"])
    preview = rating.order(
        "Check the new price", names, hours=24, mode="preview"
    )
    rating.wait(preview, "succeeded")
    done = rating.order("The price of instances was wrong", names, hours=24)
    rating.wait(done, "succeeded")
    cloud.do("break_source")
    failed = rating.order("Metrics arrived late", names, begin=24, hours=24)
    rating.wait(failed, "failed")
    cloud.do("heal_source")
    cloud.do("stop_processor")
    waiting = rating.order("One more day", names[:2], begin=48, hours=20)
    rating.change(waiting, "paused")
    cloud.do("start_processor")


if __name__ == "__main__":
    main()
