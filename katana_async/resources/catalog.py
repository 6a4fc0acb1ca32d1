"""What can be called about products, materials, services and variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack
from uuid import UUID

from .. import models
from ..http.pages import Pages
from ..models.catalog import Material, Product, Service, Variant
from ..params.catalog import (
    MaterialCreate,
    MaterialFilters,
    MaterialQuery,
    MaterialUpdate,
    ProductCreate,
    ProductFilters,
    ProductQuery,
    ProductUpdate,
    ServiceCreate,
    ServiceFilters,
    ServiceUpdate,
    VariantBinLink,
    VariantBinUnlink,
    VariantCreate,
    VariantFilters,
    VariantInclude,
    VariantQuery,
    VariantUpdate,
    VariantWhere,
)
from ..params.search import CustomFieldCondition
from ._base import Deletes, Gets, operation
from ._search import Searches

__all__ = [
    "Materials",
    "Products",
    "Services",
    "Variants",
]


class Products(Deletes[Product]):
    """What the account makes or buys, and sells. Prices and SKUs are on a product's variants.

    Katana: The product object, https://developer.katanamrp.com/reference/the-product-object
    """

    path = "/products"
    model = Product
    preserves = ("additional_info",)

    def list(self, **filters: Unpack[ProductFilters]) -> Pages[Product]:
        """List products, the newest first.

        Katana: https://developer.katanamrp.com/reference/list-all-products
        """
        return self._list(filters, ProductFilters)

    async def get(self, id: int, /, **query: Unpack[ProductQuery]) -> Product:
        """Get one product.

        Katana: https://developer.katanamrp.com/reference/getproduct

        Raises:
            NotFound: There is no such product.
        """
        return await self._get(id, query, ProductQuery)

    async def create(self, **body: Unpack[ProductCreate]) -> Product:
        """Create a product with its variants.

        Katana: https://developer.katanamrp.com/reference/create-product

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, ProductCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[ProductUpdate]
    ) -> Product:
        """Change a product. What is not given stays, None clears.

        Katana wipes `additional_info` when an update leaves it out. So it is read first and sent
        along, unless it is given here: one more request, and what someone else writes to it
        between the two is lost.

        Katana: https://developer.katanamrp.com/reference/updateproduct

        Args:
            id: The product's id.
            preserve: False leaves that out, and lets Katana wipe the field.
            **changes: The fields to change.

        Raises:
            NotFound: There is no such product.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, ProductUpdate, preserve=preserve)


class Materials(Deletes[Material]):
    """What the account buys to make products of.

    Katana: The material object, https://developer.katanamrp.com/reference/the-material-object
    """

    path = "/materials"
    model = Material
    preserves = ("additional_info",)

    def list(self, **filters: Unpack[MaterialFilters]) -> Pages[Material]:
        """List materials, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallmaterials
        """
        return self._list(filters, MaterialFilters)

    async def get(self, id: int, /, **query: Unpack[MaterialQuery]) -> Material:
        """Get one material.

        Katana: https://developer.katanamrp.com/reference/getmaterial

        Raises:
            NotFound: There is no such material.
        """
        return await self._get(id, query, MaterialQuery)

    async def create(self, **body: Unpack[MaterialCreate]) -> Material:
        """Create a material with its variants.

        Katana: https://developer.katanamrp.com/reference/creatematerial

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, MaterialCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[MaterialUpdate]
    ) -> Material:
        """Change a material. What is not given stays, None clears.

        Katana wipes `additional_info` when an update leaves it out. So it is read first and sent
        along, unless it is given here: one more request, and what someone else writes to it
        between the two is lost.

        Katana: https://developer.katanamrp.com/reference/updatematerial

        Args:
            id: The material's id.
            preserve: False leaves that out, and lets Katana wipe the field.
            **changes: The fields to change.

        Raises:
            NotFound: There is no such material.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, MaterialUpdate, preserve=preserve)


class Variants(Deletes[Variant], Searches[Variant]):
    """The variants of products and materials: what is bought, made, stocked and sold.

    Katana: The variant object, https://developer.katanamrp.com/reference/the-variant-object
    """

    path = "/variants"
    model = Variant

    def list(self, **filters: Unpack[VariantFilters]) -> Pages[Variant]:
        """List variants, the newest first. A SKU may find several: it is not unique.

        Katana: https://developer.katanamrp.com/reference/list-all-variants
        """
        return self._list(filters, VariantFilters)

    @operation("POST", "/variants/search")
    def search(
        self,
        *,
        where: VariantWhere | None = None,
        custom_fields: Mapping[UUID | str, CustomFieldCondition] | None = None,
        order: str | Sequence[str] | None = None,
        include: Sequence[VariantInclude] = (),
    ) -> Pages[Variant]:
        """Search variants by conditions that a list's filters cannot express.

        It finds the variants of services too.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Args:
            where: Conditions by field, such as `{"sku": {"like": "T-%"}}`.
            custom_fields: Conditions by the UUID of a custom field's definition.
            order: The fields to sort by, each with its direction, such as "created_at DESC".
            include: Adds the `item` of each variant, `archived` variants and `deleted` ones.

        Raises:
            TypeError: There is no such field or comparator, within `and` and `or` too.
            ValueError: More than 100 values in inq or nin, or more than 2 levels of and/or.
            ValidationFailed: When read: Katana refuses a value or the order.
        """
        return self._search(VariantWhere, where, custom_fields, order, include)

    async def get(self, id: int, /, **query: Unpack[VariantQuery]) -> Variant:
        """Get one variant.

        Katana: https://developer.katanamrp.com/reference/getvariant

        Raises:
            NotFound: There is no such variant.
        """
        return await self._get(id, query, VariantQuery)

    async def create(self, **body: Unpack[VariantCreate]) -> Variant:
        """Create a variant of a product or a material: give `product_id` or `material_id`.

        Katana: https://developer.katanamrp.com/reference/create-variant

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, VariantCreate)

    async def update(self, id: int, /, **changes: Unpack[VariantUpdate]) -> Variant:
        """Change a variant. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updatevariant

        Raises:
            NotFound: There is no such variant.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, VariantUpdate)

    @operation("POST", "/variant_bin_locations", body=tuple[VariantBinLink, ...])
    async def link_bins(
        self, links: Sequence[VariantBinLink], /
    ) -> Sequence[models.DefaultStorageBin]:
        """Say which storage bins variants are put in unless said otherwise; bins go by name.

        Katana: https://developer.katanamrp.com/reference/linkvariantdefaultstoragebins

        Raises:
            ValidationFailed: Katana refuses a link: `.details` say which and why.
        """
        response = await self._call_with_rows("/variant_bin_locations", links, VariantBinLink)
        # By the package, since no other call of this area needs the models of inventory.
        return self._read_many(response, models.DefaultStorageBin)

    @operation("POST", "/unlink_variant_bin_locations", body=tuple[VariantBinUnlink, ...])
    async def unlink_bins(self, links: Sequence[VariantBinUnlink], /) -> None:
        """Take back which storage bins variants are put in: 1 to 500 at once.

        Katana: https://developer.katanamrp.com/reference/unlinkvariantdefaultstoragebins

        Raises:
            ValidationFailed: Katana refuses a link: `.details` say which and why.
        """
        path = "/unlink_variant_bin_locations"
        await self._call_with_rows(path, links, VariantBinUnlink)


class Services(Gets[Service], Deletes[Service]):
    """What the account sells or buys and does not stock.

    Katana: https://developer.katanamrp.com/reference/the-service-object
    """

    path = "/services"
    model = Service

    def list(self, **filters: Unpack[ServiceFilters]) -> Pages[Service]:
        """List services, the newest first.

        Katana: https://developer.katanamrp.com/reference/getallservices
        """
        return self._list(filters, ServiceFilters)

    async def create(self, **body: Unpack[ServiceCreate]) -> Service:
        """Create a service with its one variant.

        Katana: https://developer.katanamrp.com/reference/createservice

        Raises:
            ValidationFailed: Katana refuses a field: `.details` say which and why.
        """
        return await self._create(body, ServiceCreate)

    async def update(self, id: int, /, **changes: Unpack[ServiceUpdate]) -> Service:
        """Change a service and its variant. What is not given stays, None clears.

        Katana: https://developer.katanamrp.com/reference/updateservice

        Raises:
            NotFound: There is no such service.
            ValidationFailed: Katana refuses a field: `.details` say which and why.
            ValueError: Nothing is to change.
        """
        return await self._update(id, changes, ServiceUpdate)
