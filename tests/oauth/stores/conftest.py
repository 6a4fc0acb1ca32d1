"""Servers for the tests of stores."""

from tests.services import postgres_url, redis_prefix, redis_url

__all__ = ["postgres_url", "redis_prefix", "redis_url"]
