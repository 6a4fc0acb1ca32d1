"""The pluggable layer: what proves to Katana who is calling.

Any object with the two methods of `Auth` will do; no base class is needed.
"""

from .api_key import ApiKey
from .base import Auth, Credential

__all__ = ["ApiKey", "Auth", "Credential"]
