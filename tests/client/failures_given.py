"""Failures that callers cause: keys and their sources, arguments, options."""

import os
from functools import partial
from typing import Any

import aiohttp

from katana_async import ApiKey, Credential, Secret
from katana_async.sandbox import faults
from tests.client.world import BEFORE, World, before, create, on_the_way, read

# ---- Keys and their sources --------------------------------------------------------------------


def _spoil_key(world: World, spoil: str) -> str:
    return spoil.replace("{}", world.key.reveal())


SPOILT = {
    "two lines": "{}\n{}",
    "a header": "{}\r\nX-Evil: 1",
    "a space": "Bearer {}",
    "not ASCII": "{}ä",
    "half a character": "{}\udcff",
}


async def _spoilt_literal(spoil: str, world: World) -> object:
    return ApiKey(_spoil_key(world, spoil))


async def _spoilt_variable(spoil: str, world: World) -> object:
    os.environ["CANARY_KEY"] = _spoil_key(world, spoil)
    try:
        return ApiKey.from_env("CANARY_KEY")
    finally:
        del os.environ["CANARY_KEY"]


async def _spoilt_file(spoil: str, world: World) -> object:
    path = world.folder / "key"
    path.write_text(_spoil_key(world, spoil), encoding="utf-8", errors="surrogateescape")
    return ApiKey.from_file(path)


async def _spoilt_function(spoil: str, world: World) -> object:
    return await create(world.client(auth=ApiKey.from_source(lambda: _spoil_key(world, spoil))))


async def _spoilt_coroutine(spoil: str, world: World) -> object:
    async def fetch() -> str:
        return _spoil_key(world, spoil)

    return await create(world.client(auth=ApiKey.from_source(fetch)))


async def _spoilt_credential(spoil: str, world: World) -> object:
    class Own:
        async def credential(self) -> Credential:
            return Credential(Secret(_spoil_key(world, spoil)), "quota")

        async def rejected(self, credential: Credential) -> bool:
            return False

    world.sandbox.faults.add(faults.Html(status=502), times=None)  # should it get there
    return await create(world.client(auth=Own()))


for _how, _spoil in SPOILT.items():
    for _spoilt in (_spoilt_literal, _spoilt_variable, _spoilt_file, _spoilt_function,
                    _spoilt_coroutine, _spoilt_credential):  # fmt: skip
        _name = f"{_spoilt.__name__.strip('_')} with {_how}".replace("_", " ")
        BEFORE[_name] = partial(_spoilt, _spoil)


@before
async def a_key_that_is_bytes(world: World) -> object:
    return ApiKey(world.key.reveal().encode())  # type: ignore[arg-type]  # the point


@before
async def a_key_instead_of_a_variables_name(world: World) -> object:
    return ApiKey.from_env(world.key.reveal())


@before
async def a_key_instead_of_a_path(world: World) -> object:
    return ApiKey.from_file(world.key.reveal())


@before
async def a_key_instead_of_a_function(world: World) -> object:
    return ApiKey.from_source(world.key.reveal())  # type: ignore[arg-type]  # the point


@before
async def a_source_that_gives_bytes(world: World) -> object:
    fetch: Any = lambda: world.key.reveal().encode()  # noqa: E731 - as callers write it
    return await create(world.client(auth=ApiKey.from_source(fetch)))


@before
async def a_source_that_gives_a_dict(world: World) -> object:
    async def fetch() -> Any:
        return {"key": world.key.reveal()}

    return await create(world.client(auth=ApiKey.from_source(fetch)))


@before
async def a_source_that_fails(world: World) -> object:
    world.broken = True
    return await create(world.client(auth=ApiKey.from_source(world.fetch)))


@on_the_way
async def a_source_that_fails_after_a_refusal(world: World) -> object:
    katana = world.client(auth=ApiKey.from_source(world.fetch))
    await read(katana)
    world.broken = True
    world.sandbox.revoke_key(world.key.reveal())
    return await create(katana)


@on_the_way
async def a_file_that_is_spoilt_after_a_refusal(world: World) -> object:
    path = world.folder / "key"
    path.write_text(world.key.reveal())
    katana = world.client(auth=ApiKey.from_file(path))
    await read(katana)
    path.write_text(_spoil_key(world, "{}\n{}"))
    world.sandbox.revoke_key(world.key.reveal())
    return await create(katana)


@on_the_way
async def a_blocking_source_and_a_refusal(world: World) -> object:
    katana = world.client(auth=ApiKey.from_source(lambda: world.key.reveal()))
    world.sandbox.revoke_key(world.key.reveal())
    return await create(katana)


# ---- Arguments ---------------------------------------------------------------------------------


@before
async def an_invalid_id(world: World) -> object:
    return await world.client().products.get("../customers/1")  # type: ignore[arg-type]  # the point


@before
async def a_path_to_another_host(world: World) -> object:
    return await world.client().request("GET", "//evil.example/products")


@before
async def an_invalid_method(world: World) -> object:
    return await world.client().request("GET / HTTP/1.1\r\nX: 1", "/products")


@before
async def a_name_that_is_unknown(world: World) -> object:
    return await world.client().customers.create(nonsense=1)  # type: ignore[call-arg]  # the point


@before
async def a_key_where_an_auth_goes(world: World) -> object:
    return world.client(auth=world.key.reveal(), http=world.http("127.0.0.1:1"))


@before
async def a_key_where_an_auth_goes_later(world: World) -> object:
    return world.client().with_auth(world.key.reveal())  # type: ignore[arg-type]  # the point


@before
async def an_address_that_would_expose_the_key(world: World) -> object:
    return world.client(base_url="http://10.0.0.1/v1", http=world.http("127.0.0.1:1"))


@before
async def a_proxy_instead_of_settings(world: World) -> object:
    return world.client(http=world.proxy("127.0.0.1:1"))


@before
async def a_proxy_among_the_options(world: World) -> object:
    return world.client(proxy=world.proxy("127.0.0.1:1"))


@before
async def an_option_that_belongs_to_the_lent_session(world: World) -> object:
    async with aiohttp.ClientSession() as session:
        return world.client(session=session, http=world.http("127.0.0.1:1", ssl=False))


@before
async def a_client_without_credentials(world: World) -> object:
    return await create(world.client(auth=None))


@before
async def an_invalid_option(world: World) -> object:
    return world.client().with_options(timeout=-1)


# ---- Extra headers -----------------------------------------------------------------------------


def _spoilt_header(world: World, spoil: str = "{}\n{}") -> dict[str, str]:
    return {"X-Token": spoil.replace("{}", world.header.reveal())}


async def _header_for_all(spoil: str, world: World) -> object:
    return world.client(extra_headers=_spoilt_header(world, spoil))


async def _header_for_some(spoil: str, world: World) -> object:
    return world.client().with_options(extra_headers=_spoilt_header(world, spoil))


async def _header_for_one(spoil: str, world: World) -> object:
    return await world.client().request("GET", "/x", headers=_spoilt_header(world, spoil))


for _how in ("two lines", "a header", "not ASCII", "half a character"):
    for _spoilt in (_header_for_all, _header_for_some, _header_for_one):
        _name = f"{_spoilt.__name__.strip('_')} with {_how}".replace("_", " ")
        BEFORE[_name] = partial(_spoilt, SPOILT[_how])


@before
async def a_header_that_is_the_credentials(world: World) -> object:
    return world.client().with_options(
        extra_headers={"Authorization": f"Bearer {world.header.reveal()}"}
    )


@before
async def a_value_where_a_headers_name_goes(world: World) -> object:
    return world.client().with_options(extra_headers={world.header.reveal(): 1})  # type: ignore[dict-item]  # the point


@before
async def a_header_beside_an_invalid_option(world: World) -> object:
    return world.client().with_options(extra_headers=_spoilt_header(world, "{}"), retries=-1)


@before
async def a_header_beside_an_unknown_option(world: World) -> object:
    return world.client(extra_headers=_spoilt_header(world, "{}"), retry=1)


@before
async def a_header_beside_an_unusable_setting(world: World) -> object:
    return world.client(extra_headers=_spoilt_header(world, "{}"), base_url="nowhere")


@before
async def a_header_beside_a_path_to_another_host(world: World) -> object:
    katana = world.client()
    return await katana.request("GET", "//evil.example", headers=_spoilt_header(world, "{}"))


@on_the_way
async def a_header_of_one_request_that_is_refused(world: World) -> object:
    katana, body = world.client(extra_headers=None), {"nonsense": 1}
    return await katana.request(
        "POST", "/customers", json=body, headers=_spoilt_header(world, "{}")
    )


@on_the_way
async def a_call_with_its_response_that_is_refused(world: World) -> object:
    katana = world.client()
    return await katana.with_response(katana.products.get(999_999))
