# SPDX-License-Identifier: Apache-2.0
"""Repeat a request that changes nothing, while its server restarts."""

import collections.abc
import contextlib
import threading
import typing

import tenacity

from cloudkitty.common import cancellation
from cloudkitty.common.http import client as http_client
from cloudkitty.common.http import errors

#: Attempts, the first one included.
ATTEMPTS = 3
#: Seconds before the second and before the third attempt.
WAITS = (0.5, 2)
#: HTTP statuses of a gateway whose server does not answer.
PASSING = (502, 503, 504)


class Asking(typing.Protocol):
    """A client: of ``common.http`` or of ``common.keystone``."""

    @property
    def server(self) -> str:
        """``host:port``, for messages."""

    def ask(
        self, method: str, path: str, **sent: typing.Any
    ) -> contextlib.AbstractContextManager[http_client.Answer]:
        """Send a request; as ``common.http.client.Client.ask``."""


@contextlib.contextmanager
def ask(
    client: Asking, method: str, path: str, **sent: typing.Any
) -> collections.abc.Iterator[http_client.Answer]:
    """Send a request that changes nothing, and give the answer.

    It is repeated if the server cannot be reached or if a gateway says that
    it cannot be, but never after an answer has begun.

    :param sent: as in ``common.http.client.Client.ask``.
    :raises errors.HTTPError: if there is no answer.
    """
    with contextlib.ExitStack() as stack:

        def attempt() -> http_client.Answer:
            with contextlib.ExitStack() as own:
                found = own.enter_context(client.ask(method, path, **sent))
                if found.status in PASSING:
                    raise errors.Unreachable(f"answered HTTP {found.status}")
                stack.push(own.pop_all())
                return found

        yield call(attempt)


_Result = typing.TypeVar("_Result")


def call(function: collections.abc.Callable[[], _Result]) -> _Result:
    """Return what ``function`` returns; repeat it after ``Unreachable``.

    A request that was cancelled or that reached its deadline is not
    repeated, and a cancellation ends the wait between two attempts.

    :raises errors.HTTPError: of the last attempt.
    """
    cancelling = cancellation.current()
    ended = threading.Event()
    with (
        cancelling.ending(ended.set)
        if cancelling is not None
        else contextlib.nullcontext()
    ):
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(errors.Unreachable),
            stop=tenacity.stop_after_attempt(ATTEMPTS)
            | tenacity.stop_when_event_set(ended),
            wait=tenacity.wait_chain(*map(tenacity.wait_fixed, WAITS)),
            sleep=tenacity.sleep_using_event(ended),
            reraise=True,
        )
        return retrying(function)
