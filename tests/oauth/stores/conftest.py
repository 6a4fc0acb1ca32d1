"""The servers that stores are tested on."""

from tests.services import postgres_url, redis_prefix, redis_url

__all__ = ["postgres_url", "redis_prefix", "redis_url"]
