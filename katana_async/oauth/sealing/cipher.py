"""What a vault asks of encryption: any object with these four methods will do."""

from typing import Protocol, runtime_checkable

from attrs import field, frozen, validators


@frozen
class Binding:
    """Where a row belongs. It opens there and nowhere else.

    Attributes:
        client_id: The app whose row it is.
        key: The row's key in the store.
        version: The version that the store has the row as.
        environment: Where the app runs, such as `staging`; None where it has no name.
    """

    client_id: str
    key: str
    version: int = field(validator=[validators.ge(0), validators.lt(2**64)])
    environment: str | None = None


@runtime_checkable
class Cipher(Protocol):
    """What seals the rows of a store."""

    async def load(self) -> None:
        """Read the keys anew from where they come from, if they come from anywhere.

        Raises:
            KeyUnavailable: They cannot be had right now.
        """
        ...

    async def seal(self, data: bytes, binding: Binding) -> bytes:
        """Return data as it may be stored.

        Raises:
            KeyUnavailable: The key cannot be had right now. Nothing is lost: try again.
        """
        ...

    async def open(self, sealed: bytes, binding: Binding) -> bytes:
        """Return the data of a row.

        Args:
            sealed: What the store gave, whatever that is.
            binding: Where it was found.

        Raises:
            UnsealError: It does not open: a subclass says why.
            KeyUnavailable: The key cannot be had right now. Nothing is wrong with the row.
        """
        ...

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a row is sealed with the key that `seal` uses now.

        It goes by the row's header and proves nothing; it is False for anything that is no row.
        """
        ...
