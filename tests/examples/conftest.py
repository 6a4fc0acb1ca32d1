"""The services that the examples use."""

from tests.services import postgres_url, redis_prefix

__all__ = ["postgres_url", "redis_prefix"]
