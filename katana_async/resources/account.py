"""Collections of the account: its users, tax rates, custom fields and webhooks."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from .. import params
from ..http.pages import Pages
from ..models import (
    CustomFieldDefinition,
    CustomFieldsCollection,
    Factory,
    TaxRate,
    User,
    UserInfo,
    Webhook,
    WebhookLogsExport,
)
from ._base import Collection, DeletesByUuid, Finds, GetsAndDeletes, Single, operation


class CurrentFactory(Single[Factory], path="/factory"):
    """The company of the account: its base currency, default locations and address."""


class CurrentUser(Single[UserInfo], path="/user_info"):
    """The user who owns the API key or made the connection."""


class Users(Collection[User], path="/users"):
    """Users of the account."""

    def list(self) -> Pages[User]:
        """List users, the newest first."""
        return self._list()


class TaxRates(Finds[TaxRate], path="/tax_rates"):
    """Tax rates of order rows. The API cannot change or delete one."""

    def list(self, **filters: Unpack[params.TaxRateFilters]) -> Pages[TaxRate]:
        """List tax rates, the newest first."""
        return self._list(filters, params.TaxRateFilters)

    async def create(self, **body: Unpack[params.TaxRateCreate]) -> TaxRate:
        """Create a tax rate."""
        return await self._create(body, params.TaxRateCreate)


class CustomFieldDefinitions(
    DeletesByUuid[CustomFieldDefinition], path="/custom_field_definitions"
):
    """Definitions of custom fields, of 13 kinds of records (`entity_type`). Ids are UUIDs."""

    def list(
        self, **filters: Unpack[params.CustomFieldDefinitionFilters]
    ) -> Pages[CustomFieldDefinition]:
        """List definitions of custom fields, the newest first."""
        return self._list(filters, params.CustomFieldDefinitionFilters)

    async def get(self, id: UUID | str, /) -> CustomFieldDefinition:
        """Get one definition of a custom field."""
        return await self._get(id)

    async def create(
        self, **body: Unpack[params.CustomFieldDefinitionCreate]
    ) -> CustomFieldDefinition:
        """Create a custom field."""
        return await self._create(body, params.CustomFieldDefinitionCreate)

    async def update(
        self, id: UUID | str, /, **changes: Unpack[params.CustomFieldDefinitionUpdate]
    ) -> CustomFieldDefinition:
        """Change a custom field.

        `entity_type` and `field_type` cannot change.
        """
        return await self._update(id, changes, params.CustomFieldDefinitionUpdate)


class CustomFieldsCollections(
    Collection[CustomFieldsCollection], path="/custom_fields_collections"
):
    """Custom fields of products, materials and other items, grouped in collections.

    The API returns all of them at once and cannot change one.
    """

    paged = False

    def list(self) -> Pages[CustomFieldsCollection]:
        """List all collections of custom fields, in one request."""
        return self._list()


class Webhooks(GetsAndDeletes[Webhook], path="/webhooks"):
    """Webhooks: addresses that Katana notifies when orders, stock or items change."""

    def list(self, **filters: Unpack[params.WebhookFilters]) -> Pages[Webhook]:
        """List webhooks, the newest first."""
        return self._list(filters, params.WebhookFilters)

    async def create(self, **body: Unpack[params.WebhookCreate]) -> Webhook:
        """Create a webhook.

        `token` of the returned webhook is the key that signs its deliveries. Store it like a
        password; the repr does not show it.
        """
        return await self._create(body, params.WebhookCreate)

    async def update(self, id: int, /, **changes: Unpack[params.WebhookUpdate]) -> Webhook:
        """Change a webhook, or enable or disable it."""
        return await self._update(id, changes, params.WebhookUpdate)

    @operation("POST", "/webhook_logs_export")
    async def export_logs(
        self, **filters: Unpack[params.WebhookLogsExportFilters]
    ) -> WebhookLogsExport:
        """Export the log of deliveries to a file.

        Returns:
            The address of the file. It needs no API key, so treat the address as a secret.
        """
        path = "/webhook_logs_export"
        response = await self._call("POST", path, filters, params.WebhookLogsExportFilters)
        return self._read_one(response, WebhookLogsExport)
