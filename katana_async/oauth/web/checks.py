"""What the routes are mounted with, checked then: a first request is no time to learn of it."""

from collections.abc import Mapping

from ...errors import ConfigurationError
from ...kinds import kind_of
from ..app import OAuthApp

_HOOKS = {
    "allowed": "a function that is given the request and returns whether whoever asks may connect",
    "user": "a function that is given the request and returns who is signed in, or None",
    "connection_id": "a function that is given the request and returns an id, or None for a new id",
    "any_account": "a function that is given the request and returns whether another account may"
    " take the place of the one that is connected",
    "on_connected": "a function that is given the request and the connection",
}


def check_app(app: object) -> None:
    """Raise ConfigurationError for what connects no accounts."""
    if not isinstance(app, OAuthApp):
        raise ConfigurationError(
            f"the routes take the OAuthApp that connects the accounts, not {kind_of(app)}"
        )


def check_hooks(hooks: Mapping[str, object]) -> None:
    """Raise ConfigurationError for a hook that cannot be called; None is none."""
    for name, hook in hooks.items():
        if hook is not None and not callable(hook):
            raise ConfigurationError(f"{name}= takes {_HOOKS[name]}, not {kind_of(hook)}")


def checked_user(user: object) -> str:
    """Return who is signed in, as the hook says. Raise TypeError for what is no text."""
    if not isinstance(user, str):
        raise TypeError(
            "the hook user= has to return who is signed in as text, or None for nobody, not"
            f" {kind_of(user)}"
        )
    return user


def checked_answer(answer: object) -> bool:
    """Return what the hook any_account= answers. Raise TypeError for "0", say, which is true."""
    if not isinstance(answer, bool):
        raise TypeError(f"the hook any_account= has to return True or False, not {kind_of(answer)}")
    return answer


def check_pages(pages: object) -> None:
    """Raise ConfigurationError for what cannot write pages."""
    methods = (getattr(pages, name, None) for name in ("success", "error"))
    # A class has the methods too, and they would fail when the first page is shown.
    if isinstance(pages, type) or not all(map(callable, methods)):
        raise ConfigurationError(
            "pages= takes an object with a policy and the methods success and error, such as"
            f" DefaultPages(), not {kind_of(pages)}"
        )
    policy: object = getattr(pages, "policy", None)
    if not isinstance(policy, str) or not (policy.isascii() and policy.isprintable()):
        raise ConfigurationError(
            "the policy of pages= must be a Content-Security-Policy: text on one line, in ASCII,"
            f" such as \"default-src 'none'\". That of {kind_of(pages)} is not"
        )


def check_reason(reason: object) -> None:
    """Raise ConfigurationError for what is no reason to let other sites begin; None is none."""
    if reason is not None and not (
        isinstance(reason, str) and reason.strip() and reason.isprintable()
    ):
        raise ConfigurationError(
            "allow_cross_site= takes the reason why another site may begin a connection, as text on"
            f' one line, such as "the marketplace links here", not {kind_of(reason)}'
        )


def check_home(home: object) -> None:
    """Raise ConfigurationError for what is no address of a link."""
    if not isinstance(home, str):
        raise ConfigurationError(
            f"home= takes the address of a link, such as '/', not {kind_of(home)}"
        )
