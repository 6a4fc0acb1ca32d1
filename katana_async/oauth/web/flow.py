"""Connecting an account in a browser, from the first click to the last page. No framework."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypedDict, TypeVar, Unpack
from urllib.parse import parse_qsl, urlencode

from attrs import evolve
from yarl import URL

from ...errors import ConfigurationError, KatanaError
from ...secrets import Secret, kind_of
from ..app import OAuthApp
from ..connect.connections import Completed
from ..server.forms import make_secret
from ..settings import CALLBACK_REPEAT_SECONDS
from . import browser
from .browser import BrowserReply, BrowserRequest, R
from .pages import PROBLEMS, ConnectPages, ConnectProblem, DefaultPages, find_problem

log = logging.getLogger("katana_async")

START = "start"
NEXT = "next"

# Sec-Fetch-Site of a link on the same site, and of an address that was typed in.
_OWN_SITES = frozenset({"same-origin", "same-site", "none"})

T = TypeVar("T")


class ConnectOptions(TypedDict, Generic[R], total=False):
    """The keyword arguments of `connect_app` and `connect_asgi`; all are optional.

    `R` is the framework's request: `aiohttp.web.Request`, or the ASGI scope, which
    `starlette.requests.Request(scope)` reads. Each hook is a function or a coroutine function. An
    exception of a hook, such as `web.HTTPFound("/login")`, is answered by the framework.
    """

    #: Whether the person may connect an account; asked at the start and at the callback. False is
    #: answered with a page with status 403.
    allowed: Callable[[R], Awaitable[bool] | bool] | None
    #: The signed-in user as text, or None. Only the user who began a connection can finish it in
    #: the same browser.
    user: Callable[[R], Awaitable[str | None] | str | None] | None
    #: The id of the connection, such as the id of the signed-in tenant; None for a new id.
    connection_id: Callable[[R], Awaitable[str | None] | str | None] | None
    #: Whether another account may replace the connected one; asked at the start. Return True once
    #: the person has confirmed this on a page of yours.
    any_account: Callable[[R], Awaitable[bool] | bool] | None
    #: Called after each connection. A reload calls it again with `repeated` set: do not replace an
    #: owner that is stored already.
    on_connected: Callable[[R, Completed], Awaitable[None] | None] | None
    #: The pages; by default `DefaultPages()`.
    pages: ConnectPages | None
    #: Why another site may send browsers to `start`, in a few words for the log, such as "the
    #: marketplace links here". Without it, such a browser gets a page on which the person decides.
    allow_cross_site: str | None


class ConnectFlow(Generic[R]):
    """Answer the requests of browsers that connect an account. `connect_app` has the arguments."""

    def __init__(self, app: OAuthApp, **options: Unpack[ConnectOptions[R]]) -> None:
        if unknown := options.keys() - ConnectOptions.__annotations__.keys():
            raise TypeError(f"there is no option {min(unknown)!r}")
        self.app = app
        self._options: dict[str, Any] = {**options}
        self._pages: ConnectPages = options.get("pages") or DefaultPages()
        # Behind a proxy, the mount point is unknown. The path's last part is the same everywhere.
        self._callback = URL(app.redirect_uri).name
        if self._callback in ("", START):
            raise ConfigurationError(
                "redirect_uri must end in the name of a route, such as /callback:"
                f" {app.redirect_uri}"
            )

    async def answer(self, request: BrowserRequest[R]) -> BrowserReply:
        if request.route not in (START, self._callback):
            return self._show(PROBLEMS["no_page"])
        if request.method != "GET":
            return self._show(PROBLEMS["no_method"], ("Allow", "GET"))
        # Before any hook: a request from another site lacks cookies with SameSite=Strict.
        if request.route == START and not self._may_begin(request):
            log.info("a start from another site was refused: the person is asked to begin here")
            return self._show(_add_next(PROBLEMS["cross_site"], *_read_next(request.query)))
        if not await self._call("allowed", request.native, default=True):
            return self._show(PROBLEMS["not_allowed"])
        if request.route == START:
            return await self._begin(request)
        return await self._complete(request)

    def _may_begin(self, request: BrowserRequest[R]) -> bool:
        """Return whether a start comes from this site, or may come from others."""
        # Another site could make a browser connect an account that the person did not choose, for
        # instance after signing the browser in to Katana as the attacker (CVE-2015-9284).
        reason = self._options.get("allow_cross_site")
        if _OWN_SITES.issuperset(request.sites):  # older browsers send no such header
            return True
        if reason:
            log.info("a start from another site was allowed: %s", reason)
        return bool(reason)

    async def _begin(self, request: BrowserRequest[R]) -> BrowserReply:
        destinations = _read_next(request.query)
        if len(destinations) > 1 or not all(map(browser.is_local, destinations)):
            return self._show(PROBLEMS["bad_next"])
        destination = destinations[0] if destinations else None
        connection_id = await self._call("connection_id", request.native)
        # An existing cookie serves several tabs: each tab has a state of its own.
        cookie = request.cookie or make_secret()
        session = await self._session(request, cookie)
        any_account = await self._call("any_account", request.native, default=False)
        try:
            url = await self.app.begin(
                session=session.reveal(),
                connection_id=connection_id,
                return_to=destination,
                any_account=_check_result("any_account", any_account, bool),
            )
        except KatanaError as error:
            return self._fail(error, destination)
        # The cookie outlives the state, so that a late callback gets the page for that.
        lifetime = self.app.state_life + CALLBACK_REPEAT_SECONDS
        return browser.make_redirect(url, browser.write_cookie(cookie, lifetime))

    async def _session(self, request: BrowserRequest[R], cookie: Secret) -> Secret:
        user = await self._call("user", request.native)
        if user is None:
            return cookie
        # All cookies have the same length, so each pair of a cookie and a user is unique.
        return Secret(f"{cookie.reveal()} {_check_result('user', user, str)}")

    async def _call(self, hook: str, *arguments: object, default: object = None) -> Any:
        """Call a hook and return its result, or the default if the hook is not set."""
        function = self._options.get(hook)
        if function is None:
            return default
        result = function(*arguments)
        return await result if inspect.isawaitable(result) else result

    async def _complete(self, request: BrowserRequest[R]) -> BrowserReply:
        # A new secret stands for a browser that has begun nothing.
        session = await self._session(request, request.cookie or make_secret())
        query = request.query
        try:
            connection = await self.app.complete(f"?{query.reveal()}", session=session.reveal())
        except KatanaError as error:
            return self._fail(error, getattr(error, "return_to", None))
        await self._call("on_connected", request.native, connection)
        # Checked again: other code may have called `begin`, with any address.
        if browser.is_local(connection.return_to):
            return browser.make_redirect(connection.return_to)
        return browser.make_page(200, self._pages.success(connection), self._pages.policy)

    def _fail(self, error: KatanaError, destination: object) -> BrowserReply:
        """Log an error and return its page, whose link to try again keeps the destination."""
        problem = _add_next(find_problem(error), destination)
        level = logging.WARNING if problem.status >= 500 else logging.INFO
        log.log(level, "an account was not connected: %s: %s", type(error).__name__, error)
        return self._show(problem)

    def _show(self, problem: ConnectProblem, *headers: tuple[str, str]) -> BrowserReply:
        return browser.make_page(
            problem.status, self._pages.error(problem), self._pages.policy, *headers
        )


def _add_next(problem: ConnectProblem, *destinations: object) -> ConnectProblem:
    """Add the destination to a problem's link to try again, if it is one local address."""
    if problem.retry is None or len(destinations) != 1 or not browser.is_local(destinations[0]):
        return problem
    return evolve(problem, retry=f"{problem.retry}?{urlencode({NEXT: destinations[0]})}")


def _check_result(hook: str, result: object, expected: type[T]) -> T:
    # At run time, because a wrong type is a risk: "0" is true, and str() of two users may be equal.
    if not isinstance(result, expected):
        raise TypeError(f"the hook {hook}= must return {expected.__name__}, not {kind_of(result)}")
    return result


def _read_next(query: Secret) -> list[str]:
    pairs = parse_qsl(query.reveal(), keep_blank_values=True)
    return [value for name, value in pairs if name == NEXT]
