"""HTTP clients with orjson, as one would write them by hand: no retries, limits or models."""

from abc import abstractmethod
from typing import Any

import orjson

from bench.clients.base import KEY, Client, Settings
from bench.pages import PAGE, RECORDS


class PlainClient(Client):
    """Decode JSON into dicts."""

    @abstractmethod
    async def read(self, path: str, headers: dict[str, str], query: dict[str, int]) -> bytes:
        """Send a GET and return the body, or raise for an error status."""

    async def _read(self, path: str, key: str = KEY, **query: int) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        return orjson.loads(await self.read(path, headers, query))

    async def get(self) -> object:
        return await self._read("/factory")

    async def get_as(self, tenant: int) -> object:
        return await self._read("/factory", f"{KEY}-{tenant}")

    async def stream(self) -> int:
        count, number = 0, 0
        while True:
            number += 1
            page = await self._read("/products", limit=PAGE, page=number)
            for _ in page["data"]:
                count += 1
            if len(page["data"]) < PAGE:
                return count

    def decode_page(self, name: str, content: bytes) -> object:
        return orjson.loads(content)

    def encode_order(self) -> bytes:
        return orjson.dumps(RECORDS["new_order"])


class AiohttpClient(PlainClient):
    """Bare aiohttp."""

    def __init__(self, settings: Settings) -> None:
        import aiohttp

        self._url = settings.base_url
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.connections)
        )

    async def read(self, path: str, headers: dict[str, str], query: dict[str, int]) -> bytes:
        url = self._url + path
        async with self._session.get(url, headers=headers, params=query or None) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def close(self) -> None:
        await self._session.close()


class HttpxClient(PlainClient):
    """httpx, with its default settings of the pool but for its size."""

    def __init__(self, settings: Settings) -> None:
        import httpx

        pool = httpx.Limits(
            max_connections=settings.connections, max_keepalive_connections=settings.connections
        )
        self._client = httpx.AsyncClient(base_url=settings.base_url, limits=pool, timeout=60)

    async def read(self, path: str, headers: dict[str, str], query: dict[str, int]) -> bytes:
        answer = await self._client.get(path, headers=headers, params=query or None)
        answer.raise_for_status()
        return answer.content

    async def close(self) -> None:
        await self._client.aclose()
