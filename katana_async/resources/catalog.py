"""Collections of the catalog: products, materials, services and variants."""

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


class Products(Deletes[Product]):
    """Products: items that are made or bought, and sold. Their variants have prices and SKUs.

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
        """
        return await self._get(id, query, ProductQuery)

    async def create(self, **body: Unpack[ProductCreate]) -> Product:
        """Create a product with its variants.

        Katana: https://developer.katanamrp.com/reference/create-product
        """
        return await self._create(body, ProductCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[ProductUpdate]
    ) -> Product:
        """Change a product, and keep its `additional_info`.

        Katana: https://developer.katanamrp.com/reference/updateproduct

        Args:
            preserve: False lets Katana clear an omitted `additional_info`: see `Collection`.
        """
        return await self._update(id, changes, ProductUpdate, preserve=preserve)


class Materials(Deletes[Material]):
    """Materials: items that are bought to make products.

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
        """
        return await self._get(id, query, MaterialQuery)

    async def create(self, **body: Unpack[MaterialCreate]) -> Material:
        """Create a material with its variants.

        Katana: https://developer.katanamrp.com/reference/creatematerial
        """
        return await self._create(body, MaterialCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[MaterialUpdate]
    ) -> Material:
        """Change a material, and keep its `additional_info`.


        Katana: https://developer.katanamrp.com/reference/updatematerial

        Args:
            preserve: False lets Katana clear an omitted `additional_info`: see `Collection`.
        """
        return await self._update(id, changes, MaterialUpdate, preserve=preserve)


class Variants(Deletes[Variant], Searches[Variant]):
    """Variants of products and materials: the items that are bought, made, stocked and sold.

    Katana: The variant object, https://developer.katanamrp.com/reference/the-variant-object
    """

    path = "/variants"
    model = Variant

    def list(self, **filters: Unpack[VariantFilters]) -> Pages[Variant]:
        """List variants, the newest first. A SKU is not unique: several variants may have it.

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
        """Search variants, those of services too, such as `where={"sku": {"like": "T-%"}}`.

        Katana: in its document only, https://api.katanamrp.com/v1/openapi.json

        Args:
            include: Adds the `item` of each variant, `archived` variants or `deleted` ones.
        """
        return self._search(VariantWhere, where, custom_fields, order, include)

    async def get(self, id: int, /, **query: Unpack[VariantQuery]) -> Variant:
        """Get one variant.

        Katana: https://developer.katanamrp.com/reference/getvariant
        """
        return await self._get(id, query, VariantQuery)

    async def create(self, **body: Unpack[VariantCreate]) -> Variant:
        """Create a variant of a product (`product_id`) or of a material (`material_id`).

        Katana: https://developer.katanamrp.com/reference/create-variant
        """
        return await self._create(body, VariantCreate)

    async def update(self, id: int, /, **changes: Unpack[VariantUpdate]) -> Variant:
        """Change a variant.

        Katana: https://developer.katanamrp.com/reference/updatevariant
        """
        return await self._update(id, changes, VariantUpdate)

    @operation("POST", "/variant_bin_locations", body=tuple[VariantBinLink, ...])
    async def link_bins(
        self, links: Sequence[VariantBinLink], /
    ) -> Sequence[models.DefaultStorageBin]:
        """Set the default storage bins of variants, by the names of the bins.

        Katana: https://developer.katanamrp.com/reference/linkvariantdefaultstoragebins
        """
        response = await self._call_with_rows("/variant_bin_locations", links, VariantBinLink)
        # Through the package: only this call needs the models of inventory, so they load here.
        return self._read_many(response, models.DefaultStorageBin)

    @operation("POST", "/unlink_variant_bin_locations", body=tuple[VariantBinUnlink, ...])
    async def unlink_bins(self, links: Sequence[VariantBinUnlink], /) -> None:
        """Remove the default storage bins of variants: 1 to 500 at once.

        Katana: https://developer.katanamrp.com/reference/unlinkvariantdefaultstoragebins
        """
        path = "/unlink_variant_bin_locations"
        await self._call_with_rows(path, links, VariantBinUnlink)


class Services(Gets[Service], Deletes[Service]):
    """Services: items that are sold or bought, and not stocked.

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
        """
        return await self._create(body, ServiceCreate)

    async def update(self, id: int, /, **changes: Unpack[ServiceUpdate]) -> Service:
        """Change a service and its variant.

        Katana: https://developer.katanamrp.com/reference/updateservice
        """
        return await self._update(id, changes, ServiceUpdate)
