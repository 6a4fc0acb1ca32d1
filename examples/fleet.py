"""Mirror the Katana accounts of many customers in PostgreSQL, with taskiq's workers and Redis.

A scheduler queues a task for each connection of the OAuth app, each minute; any number of workers
on any number of machines share the tasks:

    $ pip install 'katana-async[sql]' taskiq taskiq-redis
    $ cd examples
    $ taskiq worker fleet:broker --max-async-tasks 20
    $ python fleet.py

Set DATABASE_URL (postgresql://user@host/database) and REDIS_URL, and the variables of the OAuth app
that made the connections: KATANA_CLIENT_ID, KATANA_CLIENT_SECRET, KATANA_REDIRECT_URI and
KATANA_TOKEN_KEY. docs/fleets.md has the reasons, and the same for Airflow and Dagster.
"""

import asyncio
import json
import os
import time
from collections.abc import Collection, Mapping
from contextlib import aclosing

import asyncpg
from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from katana_async import KatanaClient
from katana_async.changes import ChangeBatch, Key, Version
from katana_async.oauth import KeyRing, OAuthApp, SQLTokenStore, Status

COLLECTIONS = ("customers", "products", "variants", "sales_orders", "sales_order_rows")
"""Collections whose keys are ids. A collection that is named first is read first."""

EVERY = 60.0
"""Seconds between two tasks of a connection."""

LONGEST = 120.0
"""Seconds after which a task ends; the next one continues. A first copy takes several tasks."""

DEAD_AFTER = 300.0
"""Seconds after which the task of a worker that does not answer is run again: more than a task
takes."""

TABLES = """
    CREATE TABLE IF NOT EXISTS katana_records (
        connection text, collection text, key bigint,
        created_at bigint NOT NULL, updated_at bigint NOT NULL, fingerprint bigint NOT NULL,
        record jsonb NOT NULL,
        PRIMARY KEY (connection, collection, key)
    );
    CREATE INDEX IF NOT EXISTS katana_by_creation
        ON katana_records (connection, collection, created_at);
    CREATE TABLE IF NOT EXISTS katana_cursors (
        connection text, collection text, cursor text NOT NULL,
        PRIMARY KEY (connection, collection)
    );
"""

broker = RedisStreamBroker(
    os.environ["REDIS_URL"],
    queue_name=os.environ.get("KATANA_QUEUE", "katana"),
    consumer_id="0",  # tasks from before the first worker started count too
    xread_count=1,  # a worker takes only tasks that it can start
    idle_timeout=int(float(os.environ.get("KATANA_DEAD_AFTER", DEAD_AFTER)) * 1000),
    unacknowledged_lock_timeout=10,
    maxlen=100_000,  # the stream keeps tasks that are done
)


def make_app() -> OAuthApp:
    """Return the OAuth app that the connections belong to."""
    return OAuthApp(
        client_id=os.environ["KATANA_CLIENT_ID"],
        client_secret=os.environ["KATANA_CLIENT_SECRET"],
        redirect_uri=os.environ["KATANA_REDIRECT_URI"],
        store=SQLTokenStore(os.environ["DATABASE_URL"]),
        cipher=KeyRing.from_env(),
    )


# ---- the mirror ---------------------------------------------------------------------------------


class PostgresMirror:
    """One collection of one connection, with its cursor."""

    def __init__(self, database: asyncpg.Connection, connection: str, collection: str) -> None:
        self.database = database
        self.place = connection, collection

    async def cursor(self) -> str | None:
        """Return the stored cursor; None before the first batch."""
        query = "SELECT cursor FROM katana_cursors WHERE connection = $1 AND collection = $2"
        cursor: str | None = await self.database.fetchval(query, *self.place)
        return cursor

    async def store(self, batch: ChangeBatch) -> None:
        """Store a batch and its cursor in one transaction."""
        rows = [
            (*self.place, each.key, each.created_at, each.updated_at, each.fingerprint, text)
            for each, text in zip(batch.versions, map(to_json, batch.upserts), strict=True)
        ]
        async with self.database.transaction():
            await self.database.executemany(
                "INSERT INTO katana_records VALUES ($1, $2, $3, $4, $5, $6, $7)"
                " ON CONFLICT (connection, collection, key) DO UPDATE SET"
                " created_at = $4, updated_at = $5, fingerprint = $6, record = $7",
                rows,
            )
            await self.database.execute(
                "DELETE FROM katana_records"
                " WHERE connection = $1 AND collection = $2 AND key = ANY($3)",
                *self.place,
                [each.key for each in batch.deletes],
            )
            await self.database.execute(
                "INSERT INTO katana_cursors VALUES ($1, $2, $3)"
                " ON CONFLICT (connection, collection) DO UPDATE SET cursor = $3",
                *self.place,
                batch.cursor,
            )

    async def by_keys(self, keys: Collection[Key]) -> Mapping[Key, Version]:
        """Return the versions of stored records among some keys."""
        condition = "key = ANY($3)"
        return await self._select(condition, list(keys))

    async def by_creation(self, after: int, until: int) -> Mapping[Key, Version]:
        """Return the versions of stored records with `after < created_at <= until`."""
        condition = "created_at > $3 AND created_at <= $4"
        return await self._select(condition, after, until)

    async def _select(self, condition: str, *values: object) -> Mapping[Key, Version]:
        query = (
            "SELECT key, created_at, updated_at, fingerprint FROM katana_records WHERE connection"
        )
        rows = await self.database.fetch(
            f"{query} = $1 AND collection = $2 AND {condition}", *self.place, *values
        )
        return {row["key"]: Version(*row) for row in rows}


def to_json(record: object) -> str:
    """Return a record as JSON; decimals become texts, which are exact."""
    return json.dumps(record, default=str)


# ---- the workers --------------------------------------------------------------------------------


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    """Open what the tasks of a worker process share, in its event loop."""
    state.app = make_app()
    state.katana = KatanaClient(auth=None).with_options(priority="bulk")
    state.pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=1,
        max_size=20,  # one for each task, as --max-async-tasks
        server_settings={"application_name": f"katana-fleet-{os.getpid()}"},
    )
    async with state.pool.acquire() as database, database.transaction():
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended('katana_fleet', 0))")
        await database.execute(TABLES)


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(state: TaskiqState) -> None:
    """Close it all, and let a running refresh of a token end."""
    await state.pool.close()
    await state.katana.close()
    await state.app.close()


@broker.task
async def sync(connection_id: str) -> None:
    """Store the changes of one account; do nothing while another task reads the account.

    The lock belongs to the session of the database through which the task writes. A worker that is
    killed loses both at once.
    """
    state = broker.state
    katana = state.katana.with_auth(state.app.auth(connection_id))
    ends_at = time.monotonic() + LONGEST
    async with state.pool.acquire() as database:  # which frees the lock afterwards
        lock = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
        if not await database.fetchval(lock, connection_id):
            return
        for collection in COLLECTIONS:
            mirror = PostgresMirror(database, connection_id, collection)
            cursor = await mirror.cursor()
            feed = katana.changes(collection, cursor=cursor, mirror=mirror, raw=True)
            async with aclosing(aiter(feed)) as batches:
                async for batch in batches:
                    await mirror.store(batch)
                    if time.monotonic() > ends_at:
                        return


# ---- the scheduler ------------------------------------------------------------------------------


async def schedule() -> None:
    """Queue a task for each connection that works, again and again."""
    await broker.startup()
    try:
        async with make_app() as app:
            while True:
                async for connection in app.connections():
                    if connection.status is not Status.REAUTHORIZE:
                        await sync.kiq(connection.id)
                await asyncio.sleep(EVERY)
    finally:
        await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(schedule())
