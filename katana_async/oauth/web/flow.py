"""Connecting an account in a browser, from the first click to the last page. Of no framework."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from attrs import asdict, evolve, frozen
from yarl import URL

from ...errors import ConfigurationError, KatanaError
from ...secrets import Secret
from ..app import OAuthApp
from ..connect.connections import Completed
from ..sealing.sealed_rows import checked_id
from ..server.forms import make_secret
from ..settings import REPEATABLE
from .checks import check_app, check_hooks, check_pages, check_reason, checked_answer, checked_user
from .cookie import write_cookie
from .destination import is_local
from .messages import R, Reply, Request, page, redirect
from .pages import DefaultPages, Pages
from .placement import Placement
from .problems import BAD_NEXT, CROSS_SITE, NO_METHOD, NO_PAGE, NOT_ALLOWED, Problem, problem_of

log = logging.getLogger("katana_async")

START = "start"
NEXT = "next"

# Sec-Fetch-Site of a link on a page of the same site, and of an address that a person typed in.
# Any other value is refused. A browser too old for the header sends none.
_OWN_SITES = frozenset({"same-origin", "same-site", "none"})

T = TypeVar("T")


@frozen(kw_only=True)
class Hooks(Generic[R]):
    """What a partner's app has a say in. Each may be async, and is given the framework's request.

    What one raises is the framework's to answer, as if a handler of its own had raised it.

    Attributes:
        allowed: Whether whoever asks may connect an account: is asked at the start, and again
            before a callback is used.
        user: Who is signed in: only they finish what they began.
        connection_id: What to call the connection, such as the id of the tenant who is signed in.
        any_account: Whether another account may take the place of the one that is connected.
        on_connected: Is told of each connection; of one that is `repeated`, too.
    """

    allowed: Callable[[R], Awaitable[bool] | bool] | None = None
    user: Callable[[R], Awaitable[str | None] | str | None] | None = None
    connection_id: Callable[[R], Awaitable[str | None] | str | None] | None = None
    any_account: Callable[[R], Awaitable[bool] | bool] | None = None
    on_connected: Callable[[R, Completed], Awaitable[None] | None] | None = None


class ConnectFlow(Generic[R]):
    """Answer the requests of browsers that connect an account.

    Args:
        app: Connects.
        hooks: Have a say.
        pages: Are shown; by default `DefaultPages()`.
        allow_cross_site: The reason why another site may begin; None where none may.

    Raises:
        ConfigurationError: An argument is not what it has to be, or the end of the app's
            `redirect_uri` cannot be the name of a route.
    """

    def __init__(
        self,
        app: OAuthApp,
        hooks: Hooks[R],
        pages: Pages | None = None,
        allow_cross_site: str | None = None,
    ) -> None:
        check_app(app)
        check_hooks(asdict(hooks, recurse=False))
        self.app = app
        self.hooks = hooks
        self.pages: Pages = DefaultPages() if pages is None else pages
        check_pages(self.pages)
        check_reason(allow_cross_site)
        self._allow_cross_site = allow_cross_site
        # Where the routes are mounted is not known, and behind a proxy it is not even what the
        # framework says. The last part of the path is the same for everyone.
        self._callback = URL(app.redirect_uri).name
        if self._callback in ("", START):
            raise ConfigurationError(
                "redirect_uri must end in the name of a route, such as /callback:"
                f" {app.redirect_uri}"
            )
        self._placement = Placement(app.redirect_uri, START)

    async def answer(self, request: Request[R]) -> Reply:
        """Return what to send back."""
        if request.name not in (START, self._callback):
            return self._problem(NO_PAGE)
        if request.method != "GET":
            return self._problem(NO_METHOD, ("Allow", "GET"))
        # Before any hook: on the way from another site, a cookie that is Strict does not come.
        if request.name == START and not self._may_begin(request):
            log.info("a start from another site was refused: the person is asked to begin here")
            return self._problem(_with_next(CROSS_SITE, *_values(request.query, NEXT)))
        allowed = self.hooks.allowed
        if allowed is not None and not await _awaited(allowed(request.native)):
            return self._problem(NOT_ALLOWED)
        if request.name == START:
            return await self._start(request)
        return await self._complete(request)

    def _may_begin(self, request: Request[R]) -> bool:
        """Return whether a start comes from this site, or other sites may begin too.

        Another site could have a browser connect an account that the person did not choose: where
        it has signed the browser in to Katana as somebody else, say (CVE-2015-9284).
        """
        if all(site in _OWN_SITES for site in request.sites):
            return True
        if self._allow_cross_site is None:
            return False
        log.info("a start from another site was allowed: %s", self._allow_cross_site)
        return True

    async def _start(self, request: Request[R]) -> Reply:
        self._placement.compare(request.seen)
        given = _values(request.query, NEXT)
        if len(given) > 1 or not all(map(is_local, given)):
            return self._problem(BAD_NEXT)
        wanted = given[0] if given else None
        connection_id = await self._named(request)
        # The one it has serves several tabs: each has a state of its own.
        browser = request.browser or make_secret()
        session = await self._session(request, browser)
        other = self.hooks.any_account
        any_account = other is not None and checked_answer(await _awaited(other(request.native)))
        try:
            url = await self.app.begin(
                session=session.reveal(),
                connection_id=connection_id,
                return_to=wanted,
                any_account=any_account,
            )
        except KatanaError as error:
            return self._failed(error, wanted)
        # It lives longer than the state, so that one who comes late is told so.
        return redirect(url, write_cookie(browser, self.app.state_life + REPEATABLE))

    async def _session(self, request: Request[R], browser: Secret) -> Secret:
        """Return what a connection is begun and completed with: the browser, and who sits there."""
        who = self.hooks.user
        user = None if who is None else await _awaited(who(request.native))
        if user is None:
            return browser
        # All cookies are of one length, so no two pairs of a browser and a user read alike, and
        # none reads like a browser where nobody is signed in.
        return Secret(f"{browser.reveal()} {checked_user(user)}")

    async def _named(self, request: Request[R]) -> str | None:
        """Return what the hook calls the connection; None for a new id."""
        named = self.hooks.connection_id
        connection_id = None if named is None else await _awaited(named(request.native))
        if connection_id is None:
            return None
        try:
            return checked_id(connection_id)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"the hook connection_id= returned what is no id: {error}. It has to return text,"
                " or None for a new id"
            ) from None

    async def _complete(self, request: Request[R]) -> Reply:
        # Without a cookie it is another browser than any that began.
        session = await self._session(request, request.browser or make_secret())
        query = request.query
        try:
            connection = await self.app.complete(f"?{query.reveal()}", session=session.reveal())
        except KatanaError as error:
            return self._failed(error, getattr(error, "return_to", None))
        return await self._finish(request, connection)

    async def _finish(self, request: Request[R], connection: Completed) -> Reply:
        told = self.hooks.on_connected
        if told is not None:
            await _awaited(told(request.native, connection))
        # Looked at again: `begin` may have been called by someone else, with any address.
        if is_local(connection.return_to):
            return redirect(connection.return_to)
        return page(200, self.pages.success(connection), self.pages.policy)

    def _failed(self, error: KatanaError, return_to: object) -> Reply:
        """Say what went wrong; trying again leads to the same place afterwards."""
        problem = _with_next(problem_of(error), return_to)
        ours = problem.status >= 500
        log.log(
            logging.WARNING if ours else logging.INFO,
            "an account was not connected: %s: %s",
            type(error).__name__,
            error,
        )
        return self._problem(problem)

    def _problem(self, problem: Problem, *headers: tuple[str, str]) -> Reply:
        return page(problem.status, self.pages.error(problem), self.pages.policy, *headers)


def _with_next(problem: Problem, *return_to: object) -> Problem:
    """Let a problem's link to try again lead to the one place to go to afterwards, if it is one."""
    if problem.retry is None or len(return_to) != 1 or not is_local(return_to[0]):
        return problem
    return evolve(problem, retry=f"{problem.retry}?{urlencode({NEXT: return_to[0]})}")


def _values(query: Secret, wanted: str) -> list[str]:
    pairs = parse_qsl(query.reveal(), keep_blank_values=True)
    return [value for name, value in pairs if name == wanted]


async def _awaited(given: Awaitable[T] | T) -> T:
    if inspect.isawaitable(given):
        return await given
    return given
