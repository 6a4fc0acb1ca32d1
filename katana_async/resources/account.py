"""What can be called about the account: its people, taxes, custom fields and webhooks."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from ..http.pages import Pages
from ..models.account import (
    CustomFieldDefinition,
    CustomFieldsCollection,
    Factory,
    TaxRate,
    User,
    UserInfo,
    Webhook,
    WebhookLogsExport,
)
from ..params.account import (
    CustomFieldDefinitionCreate,
    CustomFieldDefinitionFilters,
    CustomFieldDefinitionUpdate,
    TaxRateCreate,
    TaxRateFilters,
    WebhookCreate,
    WebhookFilters,
    WebhookLogsExportFilters,
    WebhookUpdate,
)
from ._base import Collection, Deletes, Finds, Gets, Single, operation

__all__ = [
    "CurrentFactory",
    "CurrentUser",
    "CustomFieldDefinitions",
    "CustomFieldsCollections",
    "TaxRates",
    "Users",
    "Webhooks",
]


class CurrentFactory(Single[Factory]):
    """The company that the account is for: its base currency, default locations and address.

    Katana: https://developer.katanamrp.com/reference/getfactory
    """

    path = "/factory"
    model = Factory


class CurrentUser(Single[UserInfo]):
    """The user that the API key or the connection belongs to."""

    path = "/user_info"
    model = UserInfo


class Users(Collection[User]):
    """Who works with the account.

    Katana: https://developer.katanamrp.com/reference/getallusers
    """

    path = "/users"
    model = User

    def list(self) -> Pages[User]:
        """List users, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallusers
        """
        return self._list()


class TaxRates(Finds[TaxRate]):
    """The tax rates that rows of orders refer to. Katana offers no way to change one.

    Katana: https://developer.katanamrp.com/reference/the-tax-rate-object
    """

    path = "/tax_rates"
    model = TaxRate

    def list(self, **filters: Unpack[TaxRateFilters]) -> Pages[TaxRate]:
        """List tax rates, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-tax-rates
        """
        return self._list(filters, TaxRateFilters)

    async def create(self, **body: Unpack[TaxRateCreate]) -> TaxRate:
        """Create a tax rate.

        Katana: https://developer.katanamrp.com/reference/create-tax-rate

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, TaxRateCreate)


class CustomFieldDefinitions(Collection[CustomFieldDefinition]):
    """The custom fields of 13 kinds of records, by `entity_type`. Their ids are UUIDs.

    Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
    """

    path = "/custom_field_definitions"
    model = CustomFieldDefinition
    uuids = True

    def list(self, **filters: Unpack[CustomFieldDefinitionFilters]) -> Pages[CustomFieldDefinition]:
        """List custom fields, the newest first.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json
        """
        return self._list(filters, CustomFieldDefinitionFilters)

    async def get(self, id: UUID | str, /) -> CustomFieldDefinition:
        """Get a custom field.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Raises:
            NotFound: There is no such custom field.
            ValueError: The text is not a UUID.
        """
        return await self._get(id)

    async def create(self, **body: Unpack[CustomFieldDefinitionCreate]) -> CustomFieldDefinition:
        """Create a custom field.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, CustomFieldDefinitionCreate)

    async def update(
        self, id: UUID | str, /, **changes: Unpack[CustomFieldDefinitionUpdate]
    ) -> CustomFieldDefinition:
        """Change a custom field. What is not given stays, None clears.

        Its kind of record and its type cannot be changed.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Raises:
            NotFound: There is no such custom field.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change, or the text is not a UUID.
        """
        return await self._update(id, changes, CustomFieldDefinitionUpdate)

    async def delete(self, id: UUID | str, /) -> None:
        """Delete a custom field.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Raises:
            NotFound: There is no such custom field.
            ValueError: The text is not a UUID.
        """
        await self._delete(id)


class CustomFieldsCollections(Collection[CustomFieldsCollection]):
    """The custom fields of products, materials and others, by collection.

    Katana gives them all at once, and offers no way to change one.

    Katana: https://developer.katanamrp.com/reference/getcustomfieldscollections
    """

    path = "/custom_fields_collections"
    model = CustomFieldsCollection
    paged = False

    def list(self) -> Pages[CustomFieldsCollection]:
        """List all collections of custom fields, in one request.

        Katana: https://developer.katanamrp.com/reference/getcustomfieldscollections
        """
        return self._list()


class Webhooks(Gets[Webhook], Deletes[Webhook]):
    """The addresses that Katana tells of changes to orders, stock and items as they happen.

    Katana: https://developer.katanamrp.com/reference/the-webhook-object
    """

    path = "/webhooks"
    model = Webhook

    def list(self, **filters: Unpack[WebhookFilters]) -> Pages[Webhook]:
        """List webhooks, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallwebhooks
        """
        return self._list(filters, WebhookFilters)

    async def create(self, **body: Unpack[WebhookCreate]) -> Webhook:
        """Create a webhook.

        The answer's `token` is the key of the signatures of what will be delivered: keep it like a
        password. It is not in the repr.

        Katana: https://developer.katanamrp.com/reference/createwebhook

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, WebhookCreate)

    async def update(self, id: int, /, **changes: Unpack[WebhookUpdate]) -> Webhook:
        """Change a webhook, or switch it on or off. What is not given stays.

        Katana: https://developer.katanamrp.com/reference/updatewebhook

        Raises:
            NotFound: There is no such webhook.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, WebhookUpdate)

    @operation("POST", "/webhook_logs_export")
    async def export_logs(self, **filters: Unpack[WebhookLogsExportFilters]) -> WebhookLogsExport:
        """Export the log of what was delivered, as a file.

        Returns:
            Where the file is. Whoever has the address can read it; the key is not sent there.

        Katana: https://developer.katanamrp.com/reference/export-webhook-logs

        Raises:
            ValidationFailed: Katana refuses a filter: `.details` say which and why.
        """
        path = "/webhook_logs_export"
        response = await self._call("POST", path, filters, WebhookLogsExportFilters)
        return self._read_one(response, WebhookLogsExport)
