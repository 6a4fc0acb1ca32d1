"""An answer with a refresh token and no access token: the one before is spent, so it is kept."""

from typing import Any

import pytest
from attrs import define

from katana_async import TokenRequestFailed
from katana_async.oauth.server.answers import OnlyRefreshToken, Tokens
from katana_async.oauth.server.endpoint import TokenEndpoint
from katana_async.oauth.server.forms import Form
from katana_async.oauth.server.traffic import EndpointTraffic
from tests.oauth.partner import Partner


@define
class Curt:
    """The server, which once leaves the access token out of its answer."""

    endpoint: TokenEndpoint
    asked: int = 0

    @property
    def traffic(self) -> EndpointTraffic:
        return self.endpoint.traffic

    async def request_tokens(self, form: Form, until: float | None = None) -> Any:
        self.asked += 1
        tokens = await self.endpoint.request_tokens(form, until)
        assert isinstance(tokens, Tokens)
        assert tokens.refresh is not None
        if self.asked == 1:
            return OnlyRefreshToken(tokens.refresh, TokenRequestFailed("no access token"))
        return tokens


async def test_a_refresh_token_that_comes_alone_is_stored_and_used_the_next_time(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    before = await partner.record(app, connection_id)
    curt: Any = Curt(app._context.endpoint)
    app._context.endpoint = curt
    with pytest.raises(TokenRequestFailed, match="no access token"):
        await app.auth(connection_id).credential()
    after = await partner.record(app, connection_id)
    assert after.access == before.access
    assert after.refresh != before.refresh
    assert after.intent is None
    await partner.pass_time(5)
    credential = await app.auth(connection_id).credential()
    assert credential.token == (await partner.record(app, connection_id)).access
    assert partner.oauth.audit.count("reused") == 0
