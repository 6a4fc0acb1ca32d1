"""The options of the routes: wrong ones are refused when the routes are mounted."""

from typing import Any

import pytest

from katana_async.oauth.web import connect_app, connect_asgi
from tests.oauth.partner import Partner

HOOKS = ("allowed", "user", "connection_id", "any_account", "on_connected")


@pytest.fixture(params=[connect_app, connect_asgi])
def mount(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_an_unknown_option_is_refused(partner: Partner, mount: Any) -> None:
    with pytest.raises(TypeError, match="'conection_id'"):
        mount(partner.app(), conection_id=lambda _: "tenant")


async def test_any_callable_and_none_are_accepted(partner: Partner, mount: Any) -> None:
    class Hook:
        def __call__(self, *_: object) -> None: ...

    mount(partner.app(), **dict.fromkeys(HOOKS, Hook()))
    mount(partner.app(), **dict.fromkeys([*HOOKS, "pages", "allow_cross_site"]))
