"""The tables of the SQL store and its statements, as text. No I/O.

Each operation is one statement that commits by itself and evaluates its condition after it has
locked the row. So compare-and-set and leases are atomic under READ COMMITTED; on SQLite a writing
statement takes the write lock before it reads, like BEGIN IMMEDIATE.
"""

import re
from typing import Literal

from ...errors import ConfigurationError

Dialect = Literal["postgresql", "sqlite"]

_DIALECTS = {
    "postgresql": {
        # Keys are compared by bytes: in a locale's order, a range of keys would not equal a prefix.
        "key": 'text COLLATE "C"',
        "bytes": "bytea",
        # The clock when the row is read; now() would be the transaction's start.
        "now": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
        # A purge skips rows that another process is deleting, so that it never waits.
        "skip": "FOR UPDATE SKIP LOCKED",
    },
    "sqlite": {
        "key": "text",
        "bytes": "blob",
        # unixepoch() has fractions of seconds since SQLite 3.42; Debian 12 has 3.40.
        "now": "((julianday('now') - 2440587.5) * 86400.0)",
        "skip": "",
    },
}

SCHEMA = """\
CREATE TABLE IF NOT EXISTS {prefix}tokens (
    key {key} NOT NULL PRIMARY KEY,
    version bigint NOT NULL,
    data {bytes} NOT NULL,
    expires_at double precision
);
CREATE INDEX IF NOT EXISTS {prefix}tokens_expires_at
    ON {prefix}tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS {prefix}token_leases (
    key {key} NOT NULL PRIMARY KEY,
    owner text NOT NULL,
    until double precision NOT NULL
);
"""

READ = """
    SELECT version, data, {now} FROM {prefix}tokens
    WHERE key = :key AND (expires_at IS NULL OR expires_at > {now})"""

CREATE = """
    INSERT INTO {prefix}tokens (key, version, data, expires_at)
    VALUES (:key, 1, :data, {now} + CAST(:ttl AS double precision))
    ON CONFLICT (key) DO UPDATE SET version = 1, data = excluded.data,
        expires_at = {now} + CAST(:ttl AS double precision)
    WHERE {prefix}tokens.expires_at <= {now}"""

REPLACE = """
    UPDATE {prefix}tokens SET version = version + 1, data = :data,
        expires_at = {now} + CAST(:ttl AS double precision)
    WHERE key = :key AND version = :before AND (expires_at IS NULL OR expires_at > {now})"""

LIST = """
    SELECT key, version, data, {now} FROM {prefix}tokens
    WHERE key > :after AND key >= :first AND key < :end
        AND (expires_at IS NULL OR expires_at > {now})
    ORDER BY key LIMIT :count"""

LEASE_EXISTS = """
    SELECT 1 FROM {prefix}token_leases WHERE key = :key AND owner <> :owner AND until > {now}"""

LEASE = """
    INSERT INTO {prefix}token_leases (key, owner, until)
    VALUES (:key, :owner, {now} + CAST(:seconds AS double precision))
    ON CONFLICT (key) DO UPDATE SET owner = excluded.owner,
        until = {now} + CAST(:seconds AS double precision)
    WHERE {prefix}token_leases.owner = excluded.owner OR {prefix}token_leases.until <= {now}"""

RELEASE = """
    DELETE FROM {prefix}token_leases WHERE key = :key AND owner = :owner AND until > {now}"""

NOW = "SELECT {now}"

# The database evaluates the outer condition again after it has locked the row.
PURGE = """
    DELETE FROM {prefix}tokens WHERE expires_at <= {now} AND key IN (
        SELECT key FROM {prefix}tokens WHERE expires_at <= {now} LIMIT 1000 {skip})"""


def get_substitutions(dialect: str, table_prefix: str) -> dict[str, object]:
    """Return the values for the statements' templates: the dialect's SQL, and the prefix."""
    if dialect not in _DIALECTS:
        raise ConfigurationError(f"tokens are stored in postgresql or sqlite, not in {dialect}")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", str(table_prefix)):
        raise ConfigurationError(
            "table_prefix must be at most 40 lower-case letters, digits and underscores"
        )
    return {**_DIALECTS[dialect], "prefix": table_prefix}


def schema_sql(dialect: Dialect, *, table_prefix: str = "katana_") -> str:
    """Return the DDL of the tables, for projects that run their own migrations.

    Args:
        dialect: `postgresql` or `sqlite`.
        table_prefix: The first part of the names of tables and indexes.

    Raises:
        ConfigurationError: The dialect or the prefix is not supported.
    """
    return SCHEMA.format_map(get_substitutions(dialect, table_prefix))
