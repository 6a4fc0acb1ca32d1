"""The community client katana-openapi-client, which runs in an environment of its own.

Its names are resolved when it runs, because the type checkers do not have it.
"""

import copy
import json
from importlib import import_module
from typing import Any

from bench.clients.base import KEY, Client, Settings
from bench.pages import RECORDS

_PACKAGE = "katana_public_api_client"


def _load(name: str) -> Any:
    return import_module(f"{_PACKAGE}.{name}")


class CommunityClient(Client):
    """Its async calls, which return models, with all of its transports."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.base_url
        self._client = self._open(KEY)
        self._tenants: list[Any] = []
        self._get_factory = _load("api.factory.get_factory").asyncio
        self._get_products = _load("api.product.get_all_products").asyncio
        self._pages: dict[str, Any] = {
            "products": _load("models.product_list_response").ProductListResponse,
            "orders": _load("models.sales_order_list_response").SalesOrderListResponse,
        }
        body: Any = _load("models.create_sales_order_request").CreateSalesOrderRequest
        # Its from_dict empties dicts within the one that it is given.
        self._order = body.from_dict(copy.deepcopy(RECORDS["new_order"]))

    def _open(self, key: str) -> Any:
        # One million calls a minute: the limiter works, and never waits.
        return _load("katana_client").KatanaClient(
            api_key=key, base_url=self._url, requests_per_minute=1_000_000, max_pages=10_000
        )

    async def get(self) -> object:
        return await self._get_factory(client=self._client)

    async def get_as(self, tenant: int) -> object:
        client = self._open(f"{KEY}-{tenant}")  # it has no other way to change the key
        self._tenants.append(client)
        return await self._get_factory(client=client)

    async def stream(self) -> int:
        answer = await self._get_products(client=self._client)
        count = 0
        for _ in answer.data:
            count += 1
        return count

    def decode_page(self, name: str, content: bytes) -> object:
        return self._pages[name].from_dict(json.loads(content))

    def encode_order(self) -> bytes:
        return json.dumps(self._order.to_dict()).encode()

    async def close(self) -> None:
        await self._client.get_async_httpx_client().aclose()
