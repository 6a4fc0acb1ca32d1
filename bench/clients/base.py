"""The operations to measure, which all clients share."""

import asyncio
from abc import ABC, abstractmethod
from typing import NamedTuple

from bench.pages import decoding_page


class Settings(NamedTuple):
    """The settings of a client.

    Attributes:
        base_url: The address of the API.
        connections: Maximum number of connections.
    """

    base_url: str
    connections: int


KEY = "0123456789abcdef-benchmark-key"


class Client(ABC):
    """A client of the API.

    The operations below return the number of units of work, which `worker.py` measures.
    """

    @abstractmethod
    async def get(self) -> object:
        """Read one small record, and decode it."""

    @abstractmethod
    async def get_as(self, tenant: int) -> object:
        """Read one small record with the key of a tenant."""

    @abstractmethod
    async def stream(self) -> int:
        """Read all products one by one, without keeping them."""

    @abstractmethod
    def decode_page(self, name: str, content: bytes) -> object:
        """Decode a page."""

    @abstractmethod
    def encode_order(self) -> bytes:
        """Encode the body of a new sales order."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connections."""

    async def gets(self, count: int, concurrency: int) -> int:
        """Read small records, `concurrency` at once."""

        async def read(calls: int) -> None:
            for _ in range(calls):
                await self.get()

        await asyncio.gather(*(read(count // concurrency) for _ in range(concurrency)))
        return count // concurrency * concurrency

    async def tenants(self, count: int) -> int:
        """Make one call for each of many tenants."""
        for tenant in range(count):
            await self.get_as(tenant)
        return count

    async def decode(self, page: str, repeat: int) -> int:
        """Decode a page some times."""
        content = decoding_page(page)
        for _ in range(repeat):
            self.decode_page(page, content)
        return repeat

    async def encode(self, count: int) -> int:
        """Encode bodies of new orders."""
        for _ in range(count):
            self.encode_order()
        return count
