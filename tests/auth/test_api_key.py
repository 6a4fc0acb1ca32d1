"""The sources of API keys, and the rotation of keys."""

import asyncio
import copy
import gc
import logging
import os
import pickle
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from katana_async import ApiKey, ConfigurationError, Secret


async def token(auth: ApiKey) -> str:
    return (await auth.credential()).token.reveal()


async def test_a_literal_key_is_used_as_it_is() -> None:
    auth = ApiKey("key-1")
    first = await auth.credential()
    assert first.token.reveal() == "key-1"
    assert await auth.credential() is first


@pytest.mark.parametrize("key", ["", "  ", "\n"])
def test_an_empty_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="is empty"):
        ApiKey(key)


@pytest.mark.parametrize("key", ["!", "~", "key-1~!"])
async def test_a_key_may_hold_every_visible_character_of_ascii(key: str) -> None:
    assert await token(ApiKey(f" {key}\n")) == key


def test_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="is int, not str"):
        ApiKey(7)  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize(
    "key", ["canary one", "canary\r\nX-Evil: 1", "canary\tx", "canaryä", "canary\x7f"]
)
def test_a_text_that_cannot_be_a_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ApiKey(key)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [ApiKey, ApiKey.from_env, ApiKey.from_file, ApiKey.from_source],
    ids=lambda f: f.__name__,
)
def test_the_traceback_of_a_refused_key_does_not_contain_it(make: Callable[[str], ApiKey]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make("canary\tkey")
    ours = [each.frame for each in caught.traceback if "katana_async" in str(each.path)]
    assert ours
    assert not any("canary" in repr(frame.f_locals) for frame in ours)


def test_the_error_of_a_missing_key_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KATANA_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="set KATANA_API_KEY"):
        ApiKey.from_env()


def test_an_invalid_key_in_a_variable_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KATANA_API_KEY", " ")
    with pytest.raises(ConfigurationError, match="variable KATANA_API_KEY is empty"):
        ApiKey.from_env()


UUID_KEY = "7f1c0a52-93de-4b7e-8a60-1d2f3c4b5a69"


@pytest.mark.parametrize(
    "given", [UUID_KEY, UUID_KEY.replace("-", ""), "A1B2C3D4E5F6A7B8", "", "a=b", "\0", "\ud800"]
)
def test_a_key_in_the_place_of_a_variables_name_is_not_shown(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ApiKey.from_env(given)
    assert "takes the NAME of an environment variable, such as KATANA_API_KEY" in str(caught.value)
    assert not given or given not in str(caught.value)


def test_a_variable_name_of_another_type_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"takes the NAME .*, not None"):
        ApiKey.from_env(None)  # type: ignore[arg-type]  # the point


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("old\n")
    auth = ApiKey.from_file(path)
    assert await token(auth) == "old"
    path.write_text("newer\n")
    assert await token(auth) == "newer"


async def test_a_file_that_looks_unchanged_is_read_again_when_its_key_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "key"
    path.write_text("old")
    auth = ApiKey.from_file(path)
    first, status = await auth.credential(), path.stat()
    path.write_text("new")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert await token(auth) == "old"
    assert await auth.rejected(first)
    assert await token(auth) == "new"


async def test_a_mounted_secret_is_followed_through_its_symlinks(tmp_path: Path) -> None:
    for name, key in (("v1", "old"), ("v2", "new")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(key)
    (tmp_path / "current").symlink_to("v1")
    (tmp_path / "key").symlink_to("current/key")
    auth = ApiKey.from_file(tmp_path / "key")
    assert await token(auth) == "old"
    (tmp_path / "next").symlink_to("v2")
    (tmp_path / "next").replace(tmp_path / "current")
    assert await token(auth) == "new"


async def test_the_old_key_stays_while_the_file_is_unusable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "key"
    path.write_text("old")
    auth = ApiKey.from_file(path)
    for break_it in (lambda: path.write_text(""), path.unlink, path.mkdir):
        break_it()
        with caplog.at_level(logging.WARNING):
            assert await token(auth) == "old"
        assert "keeping the last value" in caplog.text
    path.rmdir()
    path.write_text("new")
    assert await token(auth) == "new"


def test_a_file_without_a_key_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        ApiKey.from_file(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is not text"):
        ApiKey.from_file(tmp_path / "binary")


@pytest.mark.parametrize("given", [UUID_KEY, f"{UUID_KEY}\0", UUID_KEY.replace("-", "")])
def test_a_key_in_the_place_of_a_path_is_not_shown(given: str) -> None:
    with pytest.raises(ConfigurationError, match="from_file takes the PATH of a file") as caught:
        ApiKey.from_file(given)
    assert given[:8] not in str(caught.value)


def test_an_object_whose_key_was_refused_has_a_repr() -> None:
    assert repr(ApiKey.__new__(ApiKey)) == "<ApiKey from refused arguments>"


def test_a_path_of_another_type_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="takes the PATH of a file, not None"):
        ApiKey.from_file(None)  # type: ignore[arg-type]  # the point


class Vault:
    """A secret manager that counts its reads."""

    def __init__(self) -> None:
        self.key = "old"
        self.reads = 0
        self.now = 0.0
        self.fails = False
        self.hangs = False

    async def fetch(self) -> str:
        self.reads += 1
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("the vault is sealed")
        if self.hangs:
            await asyncio.Event().wait()
        return self.key

    def key_of(self, fetch: Callable[[], Awaitable[str]] | None = None, **ttl: float) -> ApiKey:
        """Return a key that is fetched from here, by the clock of this vault."""
        auth = ApiKey.from_source(fetch or self.fetch, **ttl)
        auth._source.clock = lambda: self.now
        return auth


async def test_a_fetched_key_is_used_until_its_ttl_ends() -> None:
    vault = Vault()
    auth = vault.key_of(ttl=60)
    keys = await asyncio.gather(*(token(auth) for _ in range(50)))
    assert set(keys) == {"old"}
    assert vault.reads == 1
    vault.key, vault.now = "new", 60.0
    assert await token(auth) == "new"
    assert vault.reads == 2


async def test_the_default_ttl_of_a_fetched_key_is_five_minutes() -> None:
    vault = Vault()
    auth = vault.key_of()
    for now, reads in ((0.0, 1), (299.9, 1), (300.0, 2), (599.9, 2), (600.0, 3)):
        vault.now = now
        assert await token(auth) == "old"
        assert vault.reads == reads


async def test_an_unchanged_key_keeps_its_credential() -> None:
    vault = Vault()
    auth = vault.key_of(ttl=60)
    first = await auth.credential()
    vault.now = 60.0
    assert await auth.credential() is first
    vault.key, vault.now = "new", 120.0
    assert await auth.credential() != first


async def test_concurrent_refusals_fetch_the_key_once() -> None:
    vault = Vault()
    auth = ApiKey.from_source(vault.fetch)
    old = await auth.credential()
    vault.key = "new"
    assert all(await asyncio.gather(*(auth.rejected(old) for _ in range(50))))
    assert vault.reads == 2
    assert await auth.rejected(old)  # a late 401 for the old key
    assert vault.reads == 2
    assert await token(auth) == "new"


async def test_an_unchanged_key_is_not_sent_again() -> None:
    vault = Vault()
    auth = ApiKey.from_source(vault.fetch)
    assert not await auth.rejected(await auth.credential())


async def test_the_old_key_stays_if_a_later_fetch_fails() -> None:
    vault = Vault()
    auth = vault.key_of(ttl=60)
    assert await token(auth) == "old"
    vault.fails, vault.now = True, 60.0
    assert await token(auth) == "old"


@pytest.mark.parametrize("failure", ["fails", "hangs"])
async def test_a_failed_fetch_is_repeated_after_a_pause_or_at_once_after_a_refusal(
    failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("katana_async.auth.secret_sources.LONGEST_FETCH", 0.02)
    vault = Vault()
    auth = vault.key_of(ttl=60)
    old = await auth.credential()
    setattr(vault, failure, True)
    vault.now = 60.0
    for _ in range(5):
        assert await token(auth) == "old"
    assert vault.reads == 2
    assert not await auth.rejected(old)
    assert vault.reads == 3
    monkeypatch.undo()
    setattr(vault, failure, False)
    vault.key, vault.now = "new", 70.0
    assert await token(auth) == "new"


async def test_a_fetch_without_an_answer_raises_timeout_error_and_is_repeated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("katana_async.auth.secret_sources.LONGEST_FETCH", 0.02)
    vault = Vault()
    vault.hangs = True
    auth = vault.key_of(ttl=60)
    message = r"the key source Vault\.fetch did not answer within 0\.02 s"
    with pytest.raises(TimeoutError, match=message):
        await auth.credential()
    with monkeypatch.context() as patient:
        patient.setattr("katana_async.auth.secret_sources.LONGEST_FETCH", 10.0)
        vault.hangs = False
        assert await token(auth) == "old"
    vault.hangs, vault.now = True, 60.0
    assert await token(auth) == "old"
    assert "Vault.fetch did not answer within 0.02 s; keeping the last value" in caplog.text


async def test_a_slow_fetch_delays_one_request_and_its_key_is_used_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("katana_async.auth.secret_sources.LONGEST_HOLD_UP", 0.1)
    vault, goes_on = Vault(), asyncio.Event()

    async def fetch() -> str:
        key = await vault.fetch()
        if vault.now:
            await goes_on.wait()
        return key

    auth = vault.key_of(fetch, ttl=60)
    assert await token(auth) == "old"
    vault.key, vault.now = "new", 60.0
    began = time.monotonic()
    for _ in range(100):
        assert await token(auth) == "old"
    assert time.monotonic() - began < 5
    goes_on.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert await token(auth) == "new"
    assert vault.reads == 2


async def test_a_refused_key_waits_for_the_whole_fetch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("katana_async.auth.secret_sources.LONGEST_HOLD_UP", 0.0)
    vault = Vault()
    auth = ApiKey.from_source(vault.fetch)
    old = await auth.credential()
    vault.key = "new"
    assert await auth.rejected(old)


async def test_a_failed_fetch_without_remaining_callers_is_not_logged_by_asyncio() -> None:
    vault, logged = Vault(), list[object]()
    vault.fails = True
    asyncio.get_running_loop().set_exception_handler(lambda _, context: logged.append(context))
    caller = asyncio.create_task(token(ApiKey.from_source(vault.fetch)))
    for _ in range(3):
        await asyncio.sleep(0)
    assert vault.reads
    caller.cancel()
    await asyncio.wait({caller})
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()
    assert not logged


async def test_the_first_fetch_raises_the_exception_of_the_function() -> None:
    vault = Vault()
    vault.fails = True
    with pytest.raises(OSError, match="sealed"):
        await ApiKey.from_source(vault.fetch).credential()


async def test_a_cancelled_caller_does_not_cancel_the_fetch_of_the_others() -> None:
    vault = Vault()
    auth = ApiKey.from_source(vault.fetch)
    first = asyncio.create_task(token(auth))
    second = asyncio.create_task(token(auth))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "old"


async def test_a_plain_function_may_block() -> None:
    assert await token(ApiKey.from_source(lambda: "sync")) == "sync"


async def test_a_source_must_return_a_text() -> None:
    with pytest.raises(ConfigurationError, match="is int, not str"):
        await ApiKey.from_source(lambda: 7).credential()  # type: ignore[arg-type, return-value]  # the point


def test_a_source_that_is_no_function_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="a function that returns the key, not str") as e:
        ApiKey.from_source(UUID_KEY)  # type: ignore[arg-type]  # the point
    assert UUID_KEY not in str(e.value)


async def test_two_sources_of_one_key_share_its_quota() -> None:
    quotas = {(await ApiKey(key).credential()).quota for key in ("same", "same", "other")}
    assert len(quotas) == 2
    assert not any("same" in quota for quota in quotas)


def test_a_secret_appears_in_no_repr_text_pickle_or_copy() -> None:
    secret = Secret("canary")
    assert "canary" not in f"{secret} {secret!r} {secret:>20} {[secret]}"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled or copied"):
            leak(secret)
    assert secret == Secret("canary")
    assert hash(secret) == hash(Secret("canary"))
    assert secret != Secret("other")
