"""What the routes cannot work with is refused when they are mounted, by the argument's name."""

from typing import Any

import pytest

from katana_async.errors import ConfigurationError
from katana_async.oauth import OAuthApp
from katana_async.oauth.web import DefaultPages, connect_app, connect_asgi
from tests.oauth.partner import Partner


class Pages:
    """Pages with a part that is wrong."""

    def __init__(self, **parts: Any) -> None:
        given = {"policy": "default-src 'none'", "success": str, "error": str} | parts
        vars(self).update((name, part) for name, part in given.items() if part is not None)


@pytest.fixture(params=[connect_app, connect_asgi])
def mount(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("allowed", True, "allowed= takes a function .* whoever asks may connect, not bool"),
        ("user", "alice", "user= takes a function .* who is signed in, or None, not str"),
        ("connection_id", "t", "connection_id= takes a function .* None for a new id, not str"),
        ("any_account", True, "any_account= takes a function .* another account may .*, not bool"),
        ("on_connected", "x", "on_connected= takes a function .* the connection, not str"),
        ("allowed", 0, "not int"),
        ("connection_id", "", "not str"),
        ("pages", object(), "pages= takes an object with a policy and .*, not object"),
        ("pages", "/", "pages= takes .* such as DefaultPages\\(\\), not str"),
        ("pages", DefaultPages, "pages= takes .* not the class DefaultPages itself"),
        ("pages", Pages(error="no"), "the methods success and error"),
        ("pages", Pages(success=None), "the methods success and error"),
        ("pages", Pages(policy=None), "the policy of pages= must be a Content-Security-Policy"),
        ("pages", Pages(policy=7), "That of Pages is not"),
        ("pages", Pages(policy="default-src 'none';\n img-src 'self'"), "text on one line"),
        ("pages", Pages(policy="default-src “none”"), "in ASCII"),
    ],
)
async def test_an_argument_of_the_wrong_kind_is_refused(
    partner: Partner, mount: Any, name: str, given: object, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        mount(partner.app(), **{name: given})


@pytest.mark.parametrize(
    ("given", "says"), [(None, "None"), ("app", "str"), (OAuthApp, "the class OAuthApp itself")]
)
async def test_no_app_is_refused(mount: Any, given: object, says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"take the OAuthApp .* accounts, not {says}$"):
        mount(given)


async def test_what_can_be_called_is_taken(partner: Partner, mount: Any) -> None:
    class Hook:
        def __call__(self, *_: object) -> None: ...

    hook = Hook()
    hooks = dict.fromkeys(("allowed", "user", "connection_id", "on_connected"), hook)
    mount(partner.app(), **hooks, pages=Pages())


def test_a_link_home_that_is_no_text_is_refused() -> None:
    home: Any = None
    with pytest.raises(ConfigurationError, match=r"^home= takes .*, not None$"):
        DefaultPages(home=home)
