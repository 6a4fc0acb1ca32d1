"""Refresh tokens: rotation, reuse, overlap, and what ends a chain."""

from .conftest import App


async def test_a_code_becomes_tokens_that_the_api_accepts(app: App) -> None:
    tokens = await app.connect()
    assert set(tokens) == {"access_token", "refresh_token", "scope", "expires_in", "token_type"}
    assert (tokens["scope"], tokens["token_type"]) == ("offline_access", "Bearer")
    assert tokens["expires_in"] == 86_400
    assert (await app.call(tokens["access_token"])).status == 200
    assert app.seen() == ["authorized", "exchanged"]


async def test_each_refresh_gives_a_new_refresh_token(app: App) -> None:
    first = await app.connect()
    second = (await app.refresh(first["refresh_token"])).json
    third = (await app.refresh(second["refresh_token"])).json
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert [app.grant.accepts(each["refresh_token"]) for each in (first, second, third)] == [
        False,
        False,
        True,
    ]
    assert app.grant.refreshes == 2
    assert app.seen() == ["authorized", "exchanged", "refreshed", "refreshed"]
