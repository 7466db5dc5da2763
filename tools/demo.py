# SPDX-License-Identifier: Apache-2.0
"""Shows a wrong price being corrected, from POST to done.

Started by tools/demo. All it makes is in a temporary folder, listens on
127.0.0.1 only, and is gone when it ends.
"""

import argparse
import collections.abc
import datetime
import signal
import sys
import time

import requests

from demo_parts import client
from demo_parts import commands
from demo_parts import rules
from demo_parts import sample
from demo_parts import scopes
from demo_parts import service
from demo_parts import show

GIVE_UP_SECONDS = 120


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tools/demo", description="Show a wrong price being corrected."
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave API and processor running until Ctrl-C",
    )
    arguments = parser.parse_args()
    # So that `kill` too ends what was started,
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # and SIGINT where a script started the demo in the background: a shell
    # has it ignored there, and Python leaves that so by itself.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with service.Service(sample.PROJECTS) as cloudkitty:
        try:
            demo = Demo(cloudkitty)
            demo.run()
            if arguments.keep:
                demo.keep()
        except KeyboardInterrupt:
            show.say("\nstopped")
            return 130
        except Exception as error:  # the logs tell more than a traceback
            show.say(f"\nThe demo failed: {type(error).__name__}: {error}")
            if isinstance(error, requests.HTTPError):
                show.say(error.response.text)
            show.say(cloudkitty.log_tails())
            return 1
    return 0


class Demo:
    """The story; ``run`` tells it in order."""

    def __init__(self, cloudkitty: service.Service) -> None:
        self._cloudkitty = cloudkitty
        now = datetime.datetime.now(datetime.UTC)
        self._begin, self._end = sample.window(now)
        self._client = client.Client(cloudkitty.url, self._begin, self._end)

    def run(self) -> None:
        """Price, rate, correct, reprocess, compare."""
        self._prepare()
        prices = self._price()
        self._rate()
        before = self._client.totals()
        show.totals({"total": before}, sample.PROJECTS)
        self._correct(prices)
        self._reprocess()
        self._compare(before)

    def keep(self) -> None:
        """Tell what to try, and wait until Ctrl-C."""
        show.step("API and processor keep running; try in another terminal")
        body = self._client.reprocess_body("once more, to see it")
        show.say(commands.variable(self._client.url))
        show.say(self._get(self._client.summary_url))
        show.say(self._get(f"{self._client.url}/v2/scope"))
        show.say(self._get(self._client.tasks_url))
        show.say(self._get(self._client.mappings_url))
        show.say(self._send("POST", self._client.tasks_url, body))
        show.say(
            "    # with the stock client: pip install python-cloudkittyclient"
        )
        window = f"-b {self._begin:%Y-%m-%d} -e {self._end:%Y-%m-%d}"
        show.say(commands.client(f"summary get -g project_id {window}"))
        show.say(commands.client("scope state get"))
        show.say(commands.client("tasks reprocessing get"))
        show.say(commands.client("hashmap service list"))
        show.say("    # configuration, database and logs are in")
        show.say(f"    # {self._cloudkitty.folder}")
        show.say("    Ctrl-C ends it and removes everything.")
        while True:
            self._cloudkitty.check()
            time.sleep(1)

    def _prepare(self) -> None:
        ck = self._cloudkitty
        show.step("A new CloudKitty in a folder of its own")
        show.say(f"    {ck.folder}")
        show.say("    a SQLite database, three days of usage in a file")
        sample.write_metrics(ck.folder / "metrics.yml")
        sample.write_usage(ck.folder / "metrics.om", self._begin)
        ck.run("cloudkitty-dbsync", "upgrade")
        ck.run("cloudkitty-storage-init")
        scopes.register(ck.conf_arguments, self._begin)
        ck.start("cloudkitty-api")
        self._wait(self._client.answers)

    def _price(self) -> rules.Prices:
        show.step("Prices are set, for hashmap, from the three days on")
        show.say(commands.variable(self._cloudkitty.url))
        prices = rules.Prices(
            self._cloudkitty.url,
            self._begin,
            lambda *request: show.say(self._send(*request)),
        )
        prices.set_up()
        return prices

    def _rate(self) -> None:
        show.step(f"Three days are rated, from {self._begin:%Y-%m-%d %H:%M}")
        self._cloudkitty.start("cloudkitty-processor")
        self._watch("periods rated", self._client.rated_periods)

    def _correct(self, prices: rules.Prices) -> None:
        right, wrong = sample.INSTANCE_PRICES["large"], sample.WRONG_LARGE
        show.step("The price was wrong")
        show.say(
            f"    An hour of a large instance costs {right}, not {wrong}."
        )
        prices.correct()
        show.say("    The rule is corrected; the stored rating is still old.")

    def _reprocess(self) -> None:
        body = self._client.reprocess_body(
            "the price of large instances was wrong"
        )
        show.step("The three days are reprocessed")
        show.say(self._send("POST", self._client.tasks_url, body))
        self._client.schedule(body)
        self._watch("periods reprocessed", self._client.reprocessed_periods)

    def _compare(self, before: client.Totals) -> None:
        after = self._client.totals()
        show.step("Totals of the three days, from GET /v2/summary")
        totals = {"before": before, "after": after}
        show.totals(totals, sample.PROJECTS)
        show.say()
        show.chart(totals, sample.PROJECTS)
        if after != sample.expected_totals():
            raise service.Failed("these are not the right totals")

    def _get(self, url: str) -> str:
        return commands.get(url.removeprefix(self._client.url))

    def _send(self, method: str, url: str, body: object = None) -> str:
        path = url.removeprefix(self._client.url)
        return commands.send(method, path, body)

    def _watch(
        self, what: str, count: collections.abc.Callable[[], int]
    ) -> None:
        progress = show.Progress(what, sample.PERIODS)

        def done() -> bool:
            periods = count()
            progress.show(periods)
            return periods >= sample.PERIODS

        self._wait(done)

    def _wait(self, done: collections.abc.Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        while not done():
            self._cloudkitty.check()
            if time.monotonic() > give_up_at:
                raise service.Failed(f"not done in {GIVE_UP_SECONDS} s")
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
