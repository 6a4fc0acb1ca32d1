"""The sandbox's OAuth 2.0 authorization server, in the place of https://login.katanamrp.com."""

from ..callers import Company
from .audit import Audit, Event, Kind
from .authorization import AuthorizationRefused
from .clients import Client
from .grants import Grant, Grants
from .server import OAuthServer
from .settings import Settings

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
