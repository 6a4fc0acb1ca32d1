"""Whose account tokens are for, as Katana says."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from attrs import evolve, frozen
from yarl import URL

from ...auth import Auth, Credential
from ...errors import KatanaError
from ...http.clock import Clock
from ...http.limits import Limits
from ...http.options import Options
from ...http.retry import RetryBudgets
from ...http.session import SessionHolder
from ...http.stats import Stats
from ...http.transport import Transport
from ...secrets import Secret
from ..records import Account
from ..tokens.auth import ConnectionAuth
from ..tokens.token_session import Keeper

log = logging.getLogger("katana_async")

Identify = Callable[[str, Secret], Awaitable[Account | None]]
"""Takes a connection's id and an access token; None when nothing could be found out."""

_DEADLINE = 10.0  # seconds: a person is waiting


@frozen
class _Given:
    """Authenticate with one access token."""

    given: Credential

    async def credential(self) -> Credential:
        return self.given

    async def rejected(self, credential: Credential) -> bool:
        return False


@frozen
class Identity:
    """Ask Katana whose account it is.

    Attributes:
        base_url: Where the API is.
        session: What requests travel over.
        limits: Who keeps the rate limits.
        clock: Time.
    """

    base_url: URL
    session: SessionHolder
    limits: Limits
    clock: Clock

    async def __call__(self, quota: str, token: Secret) -> Account | None:
        """Return the account that a token is for, or None when Katana did not say."""
        return await self._read(_Given(Credential(token, quota)))

    async def of_stored(self, connection_id: str, keeper: Keeper) -> Account | None:
        """Return whose account a stored connection is for, or None as above."""
        return await self._read(ConnectionAuth(connection_id, self.base_url, keeper))

    async def _read(self, auth: Auth) -> Account | None:
        from ...resources.account import CurrentFactory, CurrentUser

        http = Transport(
            base_url=self.base_url,
            auth=auth,
            session=self.session,
            limits=self.limits,
            options=Options().changed({"deadline": _DEADLINE, "priority": "interactive"}),
            stats=Stats(),
            budgets=RetryBudgets(),
            clock=self.clock,
        )
        company, person = await asyncio.gather(
            CurrentFactory(http).get(), CurrentUser(http).get(), return_exceptions=True
        )
        for each in (company, person):
            if isinstance(each, Exception):
                # Whatever it is (a Limits by somebody else, say): a name is not worth the tokens.
                says = str(each) if isinstance(each, KatanaError) else type(each).__name__
                log.warning("an account has no name yet: %s", says)
            elif isinstance(each, BaseException):
                raise each
        if isinstance(company, BaseException) and isinstance(person, BaseException):
            return None
        account = Account()
        if not isinstance(company, BaseException):
            account = Account(
                company=_text(company.display_name or company.name),
                legal_name=_text(company.legal_name),
                factory_id=company.factory_id,
            )
        if isinstance(person, BaseException):
            return account
        return evolve(account, user_id=person.id, email=_text(person.email))


def _text(given: str | None) -> str | None:
    """Return a text that can be stored: JSON can say half of a surrogate pair."""
    return None if given is None else given.encode("utf-8", "replace").decode()
