"""OAuth 2.0 for apps that many customers connect to: `OAuthApp`. Names load when first used."""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .app import OAuthApp
    from .connect.connections import Completed, Connection, KeyRotation, OAuthStats
    from .records import Account, Status
    from .sealing.cipher import Cipher, InsecurePlaintext
    from .sealing.envelope import Binding
    from .sealing.key_ring import KeyRing
    from .sealing.keys import Key, KeyWrapper, new_key
    from .server.endpoint import Revocation
    from .settings import AuthorizationServer, RefreshTiming
    from .stores import MemoryTokenStore, RedisTokenStore, Row, SQLTokenStore, TokenStore
    from .tokens.token_session import ConnectionAuth

_NAMES = {
    "app": "OAuthApp",
    "sealing.cipher": "Cipher InsecurePlaintext",
    "connect.connections": "Completed Connection KeyRotation OAuthStats",
    "server.endpoint": "Revocation",
    "sealing.key_ring": "KeyRing",
    "sealing.keys": "Key KeyWrapper new_key",
    "sealing.envelope": "Binding",
    "records": "Account Status",
    "settings": "AuthorizationServer RefreshTiming",
    "tokens.token_session": "ConnectionAuth",
    "stores": "MemoryTokenStore RedisTokenStore Row SQLTokenStore TokenStore",
}

__all__ = [
    "Account",
    "AuthorizationServer",
    "Binding",
    "Cipher",
    "Completed",
    "Connection",
    "ConnectionAuth",
    "InsecurePlaintext",
    "Key",
    "KeyRing",
    "KeyRotation",
    "KeyWrapper",
    "MemoryTokenStore",
    "OAuthApp",
    "OAuthStats",
    "RedisTokenStore",
    "RefreshTiming",
    "Revocation",
    "Row",
    "SQLTokenStore",
    "Status",
    "TokenStore",
    "new_key",
]

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
