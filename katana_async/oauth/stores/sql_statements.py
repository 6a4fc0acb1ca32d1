"""The tables of the SQL store and its statements, as text. No I/O.

Each operation is one statement that commits by itself and evaluates its condition after it has
locked the row. So compare-and-set and leases are atomic under READ COMMITTED; on SQLite a writing
statement takes the write lock before it reads, like BEGIN IMMEDIATE.
"""

import re
from typing import Literal

from attrs import frozen

from ...errors import ConfigurationError

__all__ = ["schema_sql"]

Dialect = Literal["postgresql", "sqlite"]

PURGE_LIMIT = 100
"""The most rows that one purge deletes."""

# The database's clock at the moment when the row is read; now() would be the transaction's start.
# SQLite's unixepoch() has fractions of seconds since 3.42; Debian 12 has 3.40.
_NOW = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
}

# Keys are compared by bytes: in the order of a locale, a range of keys would not equal a prefix.
_SCHEMA = {
    "postgresql": """\
CREATE TABLE IF NOT EXISTS {prefix}tokens (
    key text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    data bytea NOT NULL,
    expires_at double precision
);
CREATE INDEX IF NOT EXISTS {prefix}tokens_expires_at
    ON {prefix}tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS {prefix}token_leases (
    key text COLLATE "C" PRIMARY KEY,
    owner text NOT NULL,
    until double precision NOT NULL
);
""",
    "sqlite": """\
CREATE TABLE IF NOT EXISTS {prefix}tokens (
    key TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    data BLOB NOT NULL,
    expires_at REAL
);
CREATE INDEX IF NOT EXISTS {prefix}tokens_expires_at
    ON {prefix}tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS {prefix}token_leases (
    key TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    until REAL NOT NULL
);
""",
}

_EXISTS = {
    "postgresql": """
        SELECT 1 WHERE to_regclass('{prefix}tokens') IS NOT NULL
        AND to_regclass('{prefix}token_leases') IS NOT NULL""",
    "sqlite": """
        SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{prefix}token_leases'""",
}

# A purge skips rows that another process is deleting, so that it never waits.
_SKIP_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}

_FROM_KEY = """
            FROM {prefix}tokens WHERE key > :after AND key >= :first AND key < :end
                AND (expires_at IS NULL OR expires_at > {now})
            ORDER BY key LIMIT :count"""


@frozen
class Statements:
    """All statements of the store, for one dialect and table prefix."""

    exists: str
    schema: tuple[str, ...]
    read: str
    create: str
    replace: str
    delete: str
    keys_from: str
    rows_from: str
    lease_exists: str
    lease_acquire: str
    lease_release: str
    now: str
    purge: tuple[str, str]


def build_statements(dialect: Dialect, prefix: str) -> Statements:
    """Return the statements for a dialect and table prefix.

    Raises:
        ConfigurationError: The dialect or the prefix is not supported.
    """

    def fill(statement: str) -> str:
        return statement.format(
            prefix=prefix, now=_NOW[dialect], skip=_SKIP_LOCKED[dialect], limit=PURGE_LIMIT
        )

    schema = schema_sql(dialect, table_prefix=prefix)
    return Statements(
        exists=fill(_EXISTS[dialect]),
        schema=tuple(part.strip() for part in schema.split(";") if part.strip()),
        read=fill("""
            SELECT version, data, {now} FROM {prefix}tokens
            WHERE key = :key AND (expires_at IS NULL OR expires_at > {now})"""),
        create=fill("""
            INSERT INTO {prefix}tokens (key, version, data, expires_at)
            VALUES (:key, 1, :data, {now} + CAST(:ttl AS double precision))
            ON CONFLICT (key) DO UPDATE SET version = 1, data = excluded.data,
                expires_at = {now} + CAST(:ttl AS double precision)
            WHERE {prefix}tokens.expires_at <= {now}"""),
        replace=fill("""
            UPDATE {prefix}tokens SET version = version + 1, data = :data,
                expires_at = {now} + CAST(:ttl AS double precision)
            WHERE key = :key AND version = :before
                AND (expires_at IS NULL OR expires_at > {now})"""),
        delete=fill("""
            DELETE FROM {prefix}tokens WHERE key = :key AND version = :version
                AND (expires_at IS NULL OR expires_at > {now})"""),
        keys_from=fill(f"SELECT key {_FROM_KEY}"),
        rows_from=fill(f"SELECT key, version, data, {{now}} {_FROM_KEY}"),
        lease_exists=fill("""
            SELECT 1 FROM {prefix}token_leases
            WHERE key = :key AND owner <> :owner AND until > {now}"""),
        lease_acquire=fill("""
            INSERT INTO {prefix}token_leases (key, owner, until)
            VALUES (:key, :owner, {now} + CAST(:seconds AS double precision))
            ON CONFLICT (key) DO UPDATE SET owner = excluded.owner,
                until = {now} + CAST(:seconds AS double precision)
            WHERE {prefix}token_leases.owner = excluded.owner
                OR {prefix}token_leases.until <= {now}"""),
        lease_release=fill("""
            DELETE FROM {prefix}token_leases
            WHERE key = :key AND owner = :owner AND until > {now}"""),
        now=fill("SELECT {now}"),
        # The database evaluates the outer condition again after it has locked the row.
        purge=(
            fill("""
                DELETE FROM {prefix}tokens WHERE expires_at <= {now} AND key IN (
                    SELECT key FROM {prefix}tokens WHERE expires_at <= {now}
                    LIMIT {limit} {skip})"""),
            fill("""
                DELETE FROM {prefix}token_leases WHERE until <= {now} AND key IN (
                    SELECT key FROM {prefix}token_leases WHERE until <= {now}
                    LIMIT {limit} {skip})"""),
        ),
    )


def schema_sql(dialect: Dialect, *, table_prefix: str = "katana_") -> str:
    """Return the DDL of the tables, for projects that run their own migrations.

    Args:
        dialect: `postgresql` or `sqlite`.
        table_prefix: The first part of the names of tables and indexes.

    Raises:
        ConfigurationError: The dialect or the prefix is not supported.
    """
    if dialect not in _SCHEMA:
        raise ConfigurationError(f"tokens are stored in postgresql or sqlite, not in {dialect}")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", str(table_prefix)):
        raise ConfigurationError(
            "table_prefix must be at most 40 lower-case letters, digits and underscores"
        )
    return _SCHEMA[dialect].format(prefix=table_prefix)
