"""The Katana account that tokens are for, as the API shows it."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

from attrs import frozen
from yarl import URL

from ...auth import Auth, Credential
from ...errors import KatanaError
from ...http.limits import Limits
from ...http.options import Options, Stats
from ...http.retry import RetryBudgets
from ...http.session import SessionHolder
from ...http.transport import Transport
from ...secrets import Secret
from ..records import Account
from ..tokens.token_session import ConnectionAuth, TokenSessions

log = logging.getLogger("katana_async")

T = TypeVar("T")

_DEADLINE = 10.0  # seconds: a person is waiting


@frozen
class _TokenAuth:
    token: Credential

    async def credential(self) -> Credential:
        return self.token

    async def rejected(self, credential: Credential) -> bool:
        return False


@frozen
class AccountReader:
    """Read the accounts of tokens from Katana's API."""

    base_url: URL
    session: SessionHolder
    limits: Limits
    sessions: TokenSessions

    async def read(self, connection_id: str, token: Secret | None = None) -> Account:
        """Return the account of a connection, by its stored tokens or by a given access token."""
        from ...resources.account import CurrentFactory, CurrentUser

        auth: Auth = ConnectionAuth(connection_id, self.base_url, self.sessions)
        if token is not None:
            auth = _TokenAuth(Credential(token, self.sessions.get(connection_id).quota))
        http = Transport(
            base_url=self.base_url,
            auth=auth,
            session=self.session,
            limits=self.limits,
            options=Options().changed({"deadline": _DEADLINE, "priority": "interactive"}),
            stats=Stats(),
            budgets=RetryBudgets(),
            clock=self.sessions.context.clock,
        )
        company, person = await asyncio.gather(
            _get_or_none(CurrentFactory(http).get()), _get_or_none(CurrentUser(http).get())
        )
        found: dict[str, Any] = {}
        if company is not None:
            found["company"] = company.display_name or company.name
            found |= {"legal_name": company.legal_name, "factory_id": company.factory_id}
        if person is not None:
            found |= {"user_id": person.id, "email": person.email}
        for name, value in found.items():
            if isinstance(value, str):  # JSON can contain halves of surrogate pairs, rows cannot
                found[name] = value.encode("utf-8", "replace").decode()
        return Account(**found)


async def _get_or_none(call: Awaitable[T]) -> T | None:
    """Return a record; None if it cannot be read, since a connection must not fail for that."""
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - such as one of the caller's own `Limits`
        reason = str(error) if isinstance(error, KatanaError) else type(error).__name__
        log.warning("an account was not read completely: %s", reason)
        return None
