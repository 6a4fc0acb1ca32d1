"""OAuth 2.0 for apps that many customers connect to: `OAuthApp`. Names load when first used."""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .app import OAuthApp as OAuthApp
    from .connect.connections import (
        Completed as Completed,
        Connection as Connection,
        KeyRotation as KeyRotation,
        OAuthStats as OAuthStats,
    )
    from .records import Account as Account, Status as Status
    from .sealing.cipher import Cipher as Cipher, InsecurePlaintext as InsecurePlaintext
    from .sealing.envelope import Binding as Binding
    from .sealing.key_ring import KeyRing as KeyRing
    from .sealing.keys import Key as Key, KeyWrapper as KeyWrapper, new_key as new_key
    from .server.endpoint import Revocation as Revocation
    from .settings import AuthorizationServer as AuthorizationServer, RefreshTiming as RefreshTiming
    from .stores.base import Row as Row, TokenStore as TokenStore
    from .stores.memory import MemoryTokenStore as MemoryTokenStore
    from .stores.redis import RedisTokenStore as RedisTokenStore
    from .stores.sql import SQLTokenStore as SQLTokenStore
    from .stores.sql_statements import schema_sql as schema_sql
    from .tokens.token_session import ConnectionAuth as ConnectionAuth

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
    "stores.base": "Row TokenStore",
    "stores.memory": "MemoryTokenStore",
    "stores.redis": "RedisTokenStore",
    "stores.sql": "SQLTokenStore",
    "stores.sql_statements": "schema_sql",
}

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
