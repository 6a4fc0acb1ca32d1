"""The tables of the SQL store and the statements on them, as text; nothing here does I/O.

Each operation is one statement that commits by itself, and decides what it does after it has the
row's lock: that makes compare-and-set and leases atomic under READ COMMITTED, and on SQLite it
takes the write lock before it reads, as BEGIN IMMEDIATE does.
"""

import re
from typing import Literal

from attrs import frozen

from ...errors import ConfigurationError

__all__ = ["schema_sql"]

Dialect = Literal["postgresql", "sqlite"]

PURGED_AT_ONCE = 100
"""Rows that one purge deletes at most."""

# The database's clock, evaluated when the row is looked at and not when the transaction began.
# SQLite has had fractions of seconds in unixepoch() only since 3.42; Debian 12 has 3.40.
_NOW = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
}

# Keys are compared byte by byte: by a locale's order, a range would not be a prefix.
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

# What other processes are purging just now is left to them, so that no one waits.
_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}

_FROM_KEY = """
            FROM {prefix}tokens WHERE key > :after AND key >= :first AND key < :end
                AND (expires_at IS NULL OR expires_at > {now})
            ORDER BY key LIMIT :count"""


@frozen
class Statements:
    """Every statement of the store, for one dialect and prefix."""

    exists: str
    schema: tuple[str, ...]
    read: str
    make: str
    replace: str
    delete: str
    keys_from: str
    rows_from: str
    lease_held: str
    lease_take: str
    lease_free: str
    now: str
    purge: tuple[str, str]


def statements(dialect: Dialect, prefix: str) -> Statements:
    """Return the statements for a dialect, on tables whose names begin with a prefix.

    Raises:
        ConfigurationError: The prefix cannot begin a table's name.
    """

    def fill(statement: str) -> str:
        return statement.format(
            prefix=prefix, now=_NOW[dialect], skip=_LOCKED[dialect], limit=PURGED_AT_ONCE
        )

    schema = schema_sql(dialect, table_prefix=prefix)
    return Statements(
        exists=fill(_EXISTS[dialect]),
        schema=tuple(part.strip() for part in schema.split(";") if part.strip()),
        read=fill("""
            SELECT version, data, {now} FROM {prefix}tokens
            WHERE key = :key AND (expires_at IS NULL OR expires_at > {now})"""),
        make=fill("""
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
        lease_held=fill("""
            SELECT 1 FROM {prefix}token_leases
            WHERE key = :key AND owner <> :owner AND until > {now}"""),
        lease_take=fill("""
            INSERT INTO {prefix}token_leases (key, owner, until)
            VALUES (:key, :owner, {now} + CAST(:seconds AS double precision))
            ON CONFLICT (key) DO UPDATE SET owner = excluded.owner,
                until = {now} + CAST(:seconds AS double precision)
            WHERE {prefix}token_leases.owner = excluded.owner
                OR {prefix}token_leases.until <= {now}"""),
        lease_free=fill("""
            DELETE FROM {prefix}token_leases
            WHERE key = :key AND owner = :owner AND until > {now}"""),
        now=fill("SELECT {now}"),
        # The outer condition is the one that is looked at again once the row is locked.
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
    """Return the DDL of the tables, for those who migrate their databases themselves.

    Args:
        dialect: `postgresql` or `sqlite`.
        table_prefix: What the names of tables and indexes begin with.

    Raises:
        ConfigurationError: The dialect is another one, or the prefix cannot begin a table's name.
    """
    if dialect not in _SCHEMA:
        raise ConfigurationError(f"tokens are stored in postgresql or sqlite, not in {dialect}")
    problem = wrong_prefix(table_prefix)
    if problem:
        raise ConfigurationError(problem)
    return _SCHEMA[dialect].format(prefix=table_prefix)


def wrong_prefix(prefix: object) -> str | None:
    """Say what is wrong with a prefix, if anything."""
    if isinstance(prefix, str) and re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", prefix):
        return None
    return "table_prefix must be at most 40 small letters, digits and underscores"
