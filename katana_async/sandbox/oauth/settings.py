"""How the authorization server behaves, for tests to change at any time."""

from attrs import define


@define
class Settings:
    """The switches of the authorization server. All times are seconds of the sandbox's clock.

    Attributes:
        access_token_life: How long an access token is accepted. `expires_in` says it in whole
            seconds, rounded down, since RFC 6749 (appendix A.14) knows no others.
        code_life: How long an authorization code can be exchanged.
        refresh_token_overlap: How long the refresh token that was used last may be used again,
            as with Auth0's "rotation overlap period".
        revocation: Whether there is /oauth/revoke; without, it is a 404.
        sends_expires_in: Whether token answers say `expires_in`.
        rotates: Whether each refresh gives a new refresh token and spends the one that was used;
            without, refresh answers hold none.
        audience: The audience that must be asked for.
    """

    access_token_life: float = 86_400.0
    code_life: float = 60.0
    refresh_token_overlap: float = 0.0
    revocation: bool = True
    sends_expires_in: bool = True
    rotates: bool = True
    audience: str = "https://api.katanamrp.com"
