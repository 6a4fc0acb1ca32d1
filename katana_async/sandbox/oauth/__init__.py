"""The sandbox's OAuth 2.0 authorization server, which replaces https://login.katanamrp.com."""

from ..callers import Company
from .authorization import AuthorizationRefused, Client
from .grants import Grant, Grants
from .server import OAuthServer
from .state import Audit, Event, Kind, Settings

__all__ = [
    "Audit",
    "AuthorizationRefused",
    "Client",
    "Company",
    "Event",
    "Grant",
    "Grants",
    "Kind",
    "OAuthServer",
    "Settings",
]
