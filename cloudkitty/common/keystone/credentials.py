# SPDX-License-Identifier: Apache-2.0
"""The service user of one option group, by keystoneauth."""

import urllib.parse

from keystoneauth1 import exceptions as ksa
from keystoneauth1 import loading
from keystoneauth1 import plugin
from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common.http import errors

_Unusable = (ksa.ClientException, OSError, ValueError)


class Credentials:
    """Gives tokens and endpoints; thread-safe.

    Keystone itself is queried by keystoneauth, with the session options of
    the group. The texts of its errors hold URLs and are not passed on.

    :param group: name of an option group that holds
        ``cloudkitty.conf.keystone.OPTS``.
    :param seconds: limit of one request to Keystone if ``timeout`` of the
        group is not set.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if no
        authentication is configured, or options of it are missing.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, group: str, seconds: float
    ) -> None:
        self._group = group
        #: The group that holds the options of the plugin.
        self.section: str = conf[group].auth_section or group
        try:
            loading.register_auth_conf_options(conf, group)
            auth = loading.load_auth_from_conf_options(conf, group)
        except (ksa.ClientException, cfg.Error, TypeError) as err:
            raise exceptions.InvalidConfiguration(
                f"[{self.section}]: {_why_not_loaded(err)}"
            ) from None
        if auth is None:
            raise exceptions.InvalidConfiguration(
                f"[{self.section}] auth_type is not set; it is needed for "
                f"the authentication of [{group}] with Keystone"
            )

        self._auth = auth
        # Without the plugin: keystoneauth would call it from inside itself,
        # and wait for its own lock, where the discovery is answered 401.
        self._session = loading.load_session_from_conf_options(conf, group)
        if not self._session.timeout:
            self._session.timeout = seconds
        self.server = _host(getattr(auth, "auth_url", None))

    def headers(self) -> dict[str, str]:
        """Return the headers of an authenticated request.

        :raises errors.HTTPError: if there is no token.
        """
        try:
            found = self._session.get_auth_headers(auth=self._auth)
        except _Unusable as err:
            raise self._failure(err) from None
        if not found:
            raise errors.HTTPError(
                "cannot be queried: the authentication plugin of "
                f"[{self.section}] gives no token"
            )
        return dict(found)

    def renew(self, used: dict[str, str]) -> None:
        """Forget the token of ``used``, which the server has refused.

        :raises errors.HTTPError: if there is no token.
        """
        # Another thread may have renewed it already.
        if self.headers() == used:
            self._session.invalidate(auth=self._auth)

    def endpoint(
        self, service_type: str, interface: str, region_name: str | None
    ) -> str:
        """Return the URL of a service in the catalog.

        :param interface: with or without the suffix ``URL``.
        :raises errors.HTTPError: if the catalog does not have it.
        """
        try:
            url = self._session.get_endpoint(
                auth=self._auth,
                service_type=service_type,
                interface=interface,
                region_name=region_name,
            )
        except _Unusable as err:
            raise self._failure(err) from None
        if not url:
            raise errors.HTTPError(
                f"is not in the service catalog: there is no {interface} "
                f"endpoint of type {service_type} in region {region_name}"
            )
        return str(url)

    def identity(self) -> str:
        """Return the URL of Keystone, ``/v3`` included.

        :raises errors.HTTPError: if it cannot be found out.
        """
        try:
            url = self._session.get_endpoint(
                auth=self._auth,
                interface=plugin.AUTH_INTERFACE,
                version=(3, 0),
            )
        except _Unusable as err:
            raise self._failure(err) from None
        if not url:
            raise errors.HTTPError("has no version 3 of its API")
        return str(url)

    def user_id(self) -> str:
        """Return the identifier of the service user.

        :raises errors.HTTPError: if there is no token.
        """
        try:
            found = self._session.get_user_id(auth=self._auth)
        except _Unusable as err:
            raise self._failure(err) from None
        if not found:
            raise errors.HTTPError(
                "cannot be queried: the token names no user"
            )
        return str(found)

    def _failure(self, err: BaseException) -> errors.HTTPError:
        """Return the error of a request to Keystone, without URLs."""
        keystone = f"keystone at {self.server}"
        if isinstance(err, ksa.Unauthorized):
            return errors.HTTPError(
                f"cannot be queried: {keystone} refused the credentials of "
                f"[{self.section}] (HTTP 401)"
            )
        if isinstance(err, ksa.CatalogException):
            return errors.HTTPError(
                "cannot be queried: the service catalog has no such endpoint "
                f"for the credentials of [{self.section}]"
            )
        if isinstance(err, ksa.ConnectTimeout):
            return errors.HTTPError(
                f"cannot be queried: {keystone} did not answer in time"
            )
        if isinstance(err, ksa.HttpError):
            cause = f"answered HTTP {err.http_status}"
        elif isinstance(err, ksa.MissingAuthPlugin):
            # Only the version discovery is done without the plugin.
            cause = "wants a token for its version discovery (HTTP 401)"
        elif isinstance(err, ksa.ConnectionError):
            cause = "cannot be reached"
        else:
            cause = f"gives no token: {type(err).__name__}"
        passing = isinstance(err, ksa.ConnectFailure | ksa.HttpServerError)
        kind = errors.Unreachable if passing else errors.HTTPError
        return kind(f"cannot be queried: {keystone} {cause}")


def _why_not_loaded(err: BaseException) -> str:
    """Return why a plugin was not loaded; such texts hold no values."""
    if isinstance(err, ksa.MissingRequiredOptions):
        names = ", ".join(sorted(option.dest for option in err.options))
        return f"options are missing: {names}"
    if isinstance(err, ksa.NoMatchingPlugin):
        return f"auth_type = {err.name} is not installed"
    return f"authentication cannot be loaded: {type(err).__name__}"


def _host(url: str | None) -> str:
    """Return ``host:port`` of a URL, without its credentials."""
    try:
        parts = urllib.parse.urlsplit(url or "")
        host, port = parts.hostname or "an unknown address", parts.port
    except ValueError:
        return "an invalid address"
    return f"{host}:{port}" if port else host
