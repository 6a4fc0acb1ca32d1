"""The contents of rows: written, read back, and damaged in every way."""

import asyncio
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from katana_async import KatanaError, RowMoved, RowTruncated, Secret, UnsealError
from katana_async.oauth import (
    Binding,
    InsecurePlaintext,
    Key,
    KeyRing,
    MemoryTokenStore,
    Status,
)
from katana_async.oauth.records import (
    Account,
    ConnectionRecord,
    Intent,
    PendingRecord,
    Stage,
    TokenRefusal,
    read_record,
    write_record,
)
from katana_async.oauth.sealing.keys import new_key
from katana_async.oauth.sealing.sealed_rows import TOMBSTONE, SealedRows
from tests.oauth.partner import BROWSER, Partner

secrets = st.text(min_size=1, max_size=50).map(Secret)
# Exact in JSON, as every float of Python's is.
times = st.floats(0, 1e11, allow_nan=False)
texts = st.text(max_size=40)

accounts = st.builds(
    Account,
    company=st.none() | texts,
    legal_name=st.none() | texts,
    user_id=st.none() | st.integers(0, 2**53),
    email=st.none() | texts,
    factory_id=st.none() | st.integers(0, 2**53),
)
connections = st.builds(
    ConnectionRecord,
    birth=texts,
    standing=st.sampled_from([Status.CONNECTED, Status.REAUTHORIZE]),
    reason=st.none() | texts,
    access=secrets,
    refresh=st.none() | secrets,
    issued_at=times,
    life=st.none() | times,
    scopes=st.lists(texts, max_size=3).map(tuple),
    account=st.none() | accounts,
    connected_at=times,
    refreshed_at=st.none() | times,
    intent=st.none() | st.builds(Intent, token=texts, attempt=texts, at=times),
    refusal=st.none() | st.builds(TokenRefusal, code=texts, message=texts, since=times, at=times),
)
pendings = st.builds(
    PendingRecord,
    stage=st.sampled_from(Stage),
    session=texts,
    verifier=st.none() | secrets,
    connection_id=st.none() | texts,
    return_to=st.none() | texts,
    any_account=st.booleans(),
    began_at=times,
    code=st.none() | texts,
    claimed_at=st.none() | times,
    outcome=st.none() | texts,
    message=st.none() | texts,
    error=st.none() | texts,
    previous_account=st.none() | accounts,
)


@given(connections | pendings)
def test_a_record_is_read_as_it_was_written(record: ConnectionRecord | PendingRecord) -> None:
    data = write_record(record)
    same: type[Any] = type(record)
    other: type[Any] = PendingRecord if isinstance(record, ConnectionRecord) else ConnectionRecord
    assert read_record(data, same) == record
    assert isinstance(read_record(data, other), UnsealError)


@given(connections, st.data())
def test_a_row_with_other_contents_is_an_unseal_error(
    record: ConnectionRecord, data: st.DataObject
) -> None:
    written = bytearray(write_record(record))
    for _ in range(data.draw(st.integers(1, 4))):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    found = read_record(bytes(written), ConnectionRecord)
    assert isinstance(found, ConnectionRecord | UnsealError)
    found = read_record(data.draw(st.binary(max_size=200)), ConnectionRecord)
    assert isinstance(found, UnsealError)


def test_a_row_of_a_newer_version_says_to_update() -> None:
    found = read_record(b'{"format":2,"record":{}}', ConnectionRecord)
    assert isinstance(found, UnsealError)
    assert "update" in str(found)


def test_a_field_that_a_newer_version_added_is_no_reason_to_fail() -> None:
    record = PendingRecord(
        stage=Stage.PENDING,
        session="s",
        verifier=None,
        connection_id=None,
        return_to=None,
        any_account=False,
        began_at=1.0,
    )
    data = write_record(record).replace(b'"session":"s"', b'"session":"s","new":[1]')
    assert read_record(data, PendingRecord) == record


def test_no_record_shows_its_tokens() -> None:
    secret = Secret("the-token")
    pending = PendingRecord(
        stage=Stage.PENDING,
        session="s",
        verifier=secret,
        connection_id=None,
        return_to=None,
        any_account=False,
        began_at=1.0,
    )
    assert "the-token" not in repr(pending)


# ---- rows of an app ---------------------------------------------------------------------------


async def test_an_unreadable_row_is_an_error_and_stays(partner: Partner) -> None:
    ring = KeyRing(Key.parse(new_key()))
    app = partner.app(cipher=ring)
    connection = await partner.connect(app)
    key = app._sealed_rows.connection_key(connection.id)
    good = partner.store._rows[key]

    async def put(data: bytes) -> None:
        row = partner.store._rows[key]
        assert await partner.store.write(key, row.version + 1, data)

    other = Binding(app._sealed_rows.client_id, key, 99)
    for data in (b"", b"garbage", good.data[:-1], good.data, await ring.seal(b"{}", other)):
        await put(data)
        for work in (
            app.auth(connection.id).credential,
            lambda: app.connection(connection.id),
            lambda: app.begin(session=BROWSER, connection_id=connection.id),
        ):
            with pytest.raises(UnsealError) as caught:
                await work()
            assert connection.id in str(caught.value)
            await partner.pass_time(60)
        listed = [each async for each in app.connections()]
        assert [(each.id, each.status) for each in listed] == [(connection.id, Status.UNREADABLE)]
        assert listed[0].reason
        assert partner.store._rows[key].data == data
    # And it can be forgotten all the same.
    assert await app.disconnect(connection.id, revoke=True) == "failed"
    assert [each async for each in app.connections()] == []


@given(data=st.binary(max_size=300).filter(lambda data: data != TOMBSTONE))
async def test_only_errors_of_ours_come_out_of_rows(data: bytes) -> None:
    for cipher in (InsecurePlaintext(), KeyRing(Key("k", bytes(32)))):
        store = MemoryTokenStore()
        sealed_rows = SealedRows(store, cipher, "client")
        assert await store.write(sealed_rows.connection_key("a"), 1, data)
        assert await store.write(sealed_rows.pending_key("a"), 1, data)
        for reading in (sealed_rows.read_connection("a"), sealed_rows.read_pending("a")):
            with pytest.raises(KatanaError) as caught:
                await reading
            assert isinstance(caught.value, UnsealError)


async def test_a_row_of_another_tenant_does_not_open(partner: Partner) -> None:
    app = partner.app(cipher=KeyRing(Key.parse(new_key())))
    await partner.connect(app, "rich")
    await partner.connect(app, "poor")
    rows = partner.store._rows
    rich, poor = (app._sealed_rows.connection_key(each) for each in ("rich", "poor"))
    rows[poor] = rows[rich]
    with pytest.raises(RowMoved):
        await app.auth("poor").credential()
    rows[poor] = evolve(rows[rich], data=rows[rich].data[:40])
    await partner.pass_time(60)
    with pytest.raises(RowTruncated):
        await app.auth("poor").credential()


# ---- rotating keys ----------------------------------------------------------------------------


async def test_rows_are_sealed_anew_with_the_first_key_and_it_can_be_begun_again(
    partner: Partner,
) -> None:
    old, new = Key.parse(new_key()), Key.parse(new_key())
    before = partner.app(cipher=KeyRing(old))
    for number in range(5):
        await partner.connect(before, f"tenant-{number}")
    both = partner.app(cipher=KeyRing(new, old))
    rotation = both.rotate_keys()
    for _ in range(2):  # and then the process is killed
        await anext(rotation)
    progress = [each async for each in both.rotate_keys()]
    assert [each.resealed + each.current for each in progress] == [1, 2, 3, 4, 5]
    assert (progress[-1].resealed, progress[-1].current) == (3, 2)
    after = partner.app(cipher=KeyRing(new))
    assert [each.status async for each in after.connections()] == [Status.CONNECTED] * 5
    # The error of the process with the old key alone names the missing key.
    listed = [each async for each in before.connections()]
    assert {each.status for each in listed} == {Status.UNREADABLE}
    assert all(each.reason and new.name in each.reason for each in listed)


async def test_a_row_that_does_not_open_is_reported_and_stops_no_rotation(partner: Partner) -> None:
    lost, old, new = (Key.parse(new_key()) for _ in range(3))
    await partner.connect(partner.app(cipher=KeyRing(lost)), "lost")
    await partner.connect(partner.app(cipher=KeyRing(old)), "kept")
    *_, last = [each async for each in partner.app(cipher=KeyRing(new, old)).rotate_keys()]
    assert last.resealed == 1
    assert [each for each, _ in last.unreadable] == ["lost"]
    assert lost.name in last.unreadable[0][1]


async def test_rotating_beside_refreshes_loses_nothing(partner: Partner) -> None:
    old, new = Key.parse(new_key()), Key.parse(new_key())
    ring = KeyRing(new, old)
    apps = [partner.app(cipher=ring) for _ in range(2)]
    for number in range(4):
        await partner.connect(partner.app(cipher=KeyRing(old)), f"tenant-{number}")
    await partner.pass_time(86_401)

    async def rotate() -> None:
        async for _ in apps[0].rotate_keys():
            pass

    async def refresh() -> None:
        for number in range(4):
            await apps[1].auth(f"tenant-{number}").credential()

    await partner.while_time_passes(asyncio.gather(rotate(), refresh()))
    await rotate()
    fresh = partner.app(cipher=KeyRing(new))
    for number in range(4):
        record = await partner.record(fresh, f"tenant-{number}")
        assert record.refreshed_at is not None
    assert partner.oauth.audit.count("refreshed") == 4
