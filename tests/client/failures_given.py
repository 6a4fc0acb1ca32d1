"""Failures that callers cause: keys and their sources, arguments, options."""

import os
from functools import partial
from typing import Any

import aiohttp

from katana_async import ApiKey, Credential, Secret
from katana_async.sandbox import faults
from tests.client.canary_clients import BEFORE, CanaryClients, before, create, on_the_way, read

# ---- Keys and their sources --------------------------------------------------------------------


def _spoil_key(clients: CanaryClients, spoil: str) -> str:
    return spoil.replace("{}", clients.key.reveal())


SPOILT = {
    "two lines": "{}\n{}",
    "a header": "{}\r\nX-Evil: 1",
    "a space": "Bearer {}",
    "not ASCII": "{}ä",
    "half a character": "{}\udcff",
}


async def _spoilt_literal(spoil: str, clients: CanaryClients) -> object:
    return ApiKey(_spoil_key(clients, spoil))


async def _spoilt_variable(spoil: str, clients: CanaryClients) -> object:
    os.environ["CANARY_KEY"] = _spoil_key(clients, spoil)
    try:
        return ApiKey.from_env("CANARY_KEY")
    finally:
        del os.environ["CANARY_KEY"]


async def _spoilt_file(spoil: str, clients: CanaryClients) -> object:
    path = clients.folder / "key"
    path.write_text(_spoil_key(clients, spoil), encoding="utf-8", errors="surrogateescape")
    return ApiKey.from_file(path)


async def _spoilt_function(spoil: str, clients: CanaryClients) -> object:
    return await create(clients.client(auth=ApiKey.from_source(lambda: _spoil_key(clients, spoil))))


async def _spoilt_coroutine(spoil: str, clients: CanaryClients) -> object:
    async def fetch() -> str:
        return _spoil_key(clients, spoil)

    return await create(clients.client(auth=ApiKey.from_source(fetch)))


async def _spoilt_credential(spoil: str, clients: CanaryClients) -> object:
    class Own:
        async def credential(self) -> Credential:
            return Credential(Secret(_spoil_key(clients, spoil)), "quota")

        async def rejected(self, credential: Credential) -> bool:
            return False

    clients.sandbox.faults.add(faults.Html(status=502), times=None)  # should it get there
    return await create(clients.client(auth=Own()))


for _how, _spoil in SPOILT.items():
    for _spoilt in (_spoilt_literal, _spoilt_variable, _spoilt_file, _spoilt_function,
                    _spoilt_coroutine, _spoilt_credential):  # fmt: skip
        _name = f"{_spoilt.__name__.strip('_')} with {_how}".replace("_", " ")
        BEFORE[_name] = partial(_spoilt, _spoil)


@before
async def a_key_that_is_bytes(clients: CanaryClients) -> object:
    return ApiKey(clients.key.reveal().encode())  # type: ignore[arg-type]  # the point


@before
async def a_key_instead_of_a_variables_name(clients: CanaryClients) -> object:
    return ApiKey.from_env(clients.key.reveal())


@before
async def a_key_instead_of_a_path(clients: CanaryClients) -> object:
    return ApiKey.from_file(clients.key.reveal())


@before
async def a_key_instead_of_a_function(clients: CanaryClients) -> object:
    return ApiKey.from_source(clients.key.reveal())  # type: ignore[arg-type]  # the point


@before
async def a_source_that_gives_bytes(clients: CanaryClients) -> object:
    fetch: Any = lambda: clients.key.reveal().encode()  # noqa: E731 - as callers write it
    return await create(clients.client(auth=ApiKey.from_source(fetch)))


@before
async def a_source_that_gives_a_dict(clients: CanaryClients) -> object:
    async def fetch() -> Any:
        return {"key": clients.key.reveal()}

    return await create(clients.client(auth=ApiKey.from_source(fetch)))


@before
async def a_source_that_fails(clients: CanaryClients) -> object:
    clients.broken = True
    return await create(clients.client(auth=ApiKey.from_source(clients.fetch)))


@on_the_way
async def a_source_that_fails_after_a_refusal(clients: CanaryClients) -> object:
    katana = clients.client(auth=ApiKey.from_source(clients.fetch))
    await read(katana)
    clients.broken = True
    clients.sandbox.revoke_key(clients.key.reveal())
    return await create(katana)


@on_the_way
async def a_file_that_is_spoilt_after_a_refusal(clients: CanaryClients) -> object:
    path = clients.folder / "key"
    path.write_text(clients.key.reveal())
    katana = clients.client(auth=ApiKey.from_file(path))
    await read(katana)
    path.write_text(_spoil_key(clients, "{}\n{}"))
    clients.sandbox.revoke_key(clients.key.reveal())
    return await create(katana)


@on_the_way
async def a_blocking_source_and_a_refusal(clients: CanaryClients) -> object:
    katana = clients.client(auth=ApiKey.from_source(lambda: clients.key.reveal()))
    clients.sandbox.revoke_key(clients.key.reveal())
    return await create(katana)


# ---- Arguments ---------------------------------------------------------------------------------


@before
async def an_invalid_id(clients: CanaryClients) -> object:
    return await clients.client().products.get("../customers/1")  # type: ignore[arg-type]  # the point


@before
async def a_path_to_another_host(clients: CanaryClients) -> object:
    return await clients.client().request("GET", "//evil.example/products")


@before
async def an_invalid_method(clients: CanaryClients) -> object:
    return await clients.client().request("GET / HTTP/1.1\r\nX: 1", "/products")


@before
async def a_name_that_is_unknown(clients: CanaryClients) -> object:
    return await clients.client().customers.create(nonsense=1)  # type: ignore[call-arg]  # the point


@before
async def a_key_where_an_auth_goes(clients: CanaryClients) -> object:
    return clients.client(auth=clients.key.reveal(), http=clients.http("127.0.0.1:1"))


@before
async def a_key_where_an_auth_goes_later(clients: CanaryClients) -> object:
    return clients.client().with_auth(clients.key.reveal())  # type: ignore[arg-type]  # the point


@before
async def an_address_that_would_expose_the_key(clients: CanaryClients) -> object:
    return clients.client(base_url="http://10.0.0.1/v1", http=clients.http("127.0.0.1:1"))


@before
async def a_proxy_instead_of_settings(clients: CanaryClients) -> object:
    return clients.client(http=clients.proxy("127.0.0.1:1"))


@before
async def a_proxy_among_the_options(clients: CanaryClients) -> object:
    return clients.client(proxy=clients.proxy("127.0.0.1:1"))


@before
async def an_option_that_belongs_to_the_lent_session(clients: CanaryClients) -> object:
    async with aiohttp.ClientSession() as session:
        return clients.client(session=session, http=clients.http("127.0.0.1:1", ssl=False))


@before
async def a_client_without_credentials(clients: CanaryClients) -> object:
    return await create(clients.client(auth=None))


@before
async def an_invalid_option(clients: CanaryClients) -> object:
    return clients.client().with_options(timeout=-1)


# ---- Extra headers -----------------------------------------------------------------------------


def _spoilt_header(clients: CanaryClients, spoil: str = "{}\n{}") -> dict[str, str]:
    return {"X-Token": spoil.replace("{}", clients.header.reveal())}


async def _header_for_all(spoil: str, clients: CanaryClients) -> object:
    return clients.client(extra_headers=_spoilt_header(clients, spoil))


async def _header_for_some(spoil: str, clients: CanaryClients) -> object:
    return clients.client().with_options(extra_headers=_spoilt_header(clients, spoil))


async def _header_for_one(spoil: str, clients: CanaryClients) -> object:
    return await clients.client().request("GET", "/x", headers=_spoilt_header(clients, spoil))


for _how in ("two lines", "a header", "not ASCII", "half a character"):
    for _spoilt in (_header_for_all, _header_for_some, _header_for_one):
        _name = f"{_spoilt.__name__.strip('_')} with {_how}".replace("_", " ")
        BEFORE[_name] = partial(_spoilt, SPOILT[_how])


@before
async def a_header_that_is_the_credentials(clients: CanaryClients) -> object:
    return clients.client().with_options(
        extra_headers={"Authorization": f"Bearer {clients.header.reveal()}"}
    )


@before
async def a_value_where_a_headers_name_goes(clients: CanaryClients) -> object:
    return clients.client().with_options(extra_headers={clients.header.reveal(): 1})  # type: ignore[dict-item]  # the point


@before
async def a_header_beside_an_invalid_option(clients: CanaryClients) -> object:
    return clients.client().with_options(extra_headers=_spoilt_header(clients, "{}"), retries=-1)


@before
async def a_header_beside_an_unknown_option(clients: CanaryClients) -> object:
    return clients.client(extra_headers=_spoilt_header(clients, "{}"), retry=1)


@before
async def a_header_beside_an_unusable_setting(clients: CanaryClients) -> object:
    return clients.client(extra_headers=_spoilt_header(clients, "{}"), base_url="nowhere")


@before
async def a_header_beside_a_path_to_another_host(clients: CanaryClients) -> object:
    katana = clients.client()
    return await katana.request("GET", "//evil.example", headers=_spoilt_header(clients, "{}"))


@on_the_way
async def a_header_of_one_request_that_is_refused(clients: CanaryClients) -> object:
    katana, body = clients.client(extra_headers=None), {"nonsense": 1}
    return await katana.request(
        "POST", "/customers", json=body, headers=_spoilt_header(clients, "{}")
    )


@on_the_way
async def a_call_with_its_response_that_is_refused(clients: CanaryClients) -> object:
    katana = clients.client()
    return await katana.with_response(katana.products.get(999_999))
