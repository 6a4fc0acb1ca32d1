"""The servers that stores are tested on."""

from tests.services import (
    postgres_url as postgres_url,
    redis_prefix as redis_prefix,
    redis_url as redis_url,
)
