"""The authentication of calls, which can be replaced.

Any object with the two methods of `Auth` works; no base class is needed.
"""

from .api_key import ApiKey
from .base import Auth, Credential

__all__ = ["ApiKey", "Auth", "Credential"]
