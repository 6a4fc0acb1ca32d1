"""Collections of the catalog: products, materials, services and variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from .. import models, params
from ..http.pages import Pages
from ..models import Material, Product, Service, Variant
from ._base import Deletes, GetsAndDeletes, operation
from ._search import Searches


class Products(Deletes[Product], path="/products"):
    """Products: items that are made or bought, and sold. Their variants have prices and SKUs."""

    preserves = ("additional_info",)

    def list(self, **filters: Unpack[params.ProductFilters]) -> Pages[Product]:
        """List products, the newest first."""
        return self._list(filters, params.ProductFilters)

    async def get(self, id: int, /, **query: Unpack[params.SupplierQuery]) -> Product:
        """Get one product."""
        return await self._get(id, query, params.SupplierQuery)

    async def create(self, **body: Unpack[params.ProductCreate]) -> Product:
        """Create a product with its variants."""
        return await self._create(body, params.ProductCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[params.ProductUpdate]
    ) -> Product:
        """Change a product, and keep its `additional_info` unless `preserve` is False."""
        return await self._update(id, changes, params.ProductUpdate, preserve=preserve)


class Materials(Deletes[Material], path="/materials"):
    """Materials: items that are bought to make products."""

    preserves = ("additional_info",)

    def list(self, **filters: Unpack[params.MaterialFilters]) -> Pages[Material]:
        """List materials, the newest first."""
        return self._list(filters, params.MaterialFilters)

    async def get(self, id: int, /, **query: Unpack[params.SupplierQuery]) -> Material:
        """Get one material."""
        return await self._get(id, query, params.SupplierQuery)

    async def create(self, **body: Unpack[params.MaterialCreate]) -> Material:
        """Create a material with its variants."""
        return await self._create(body, params.MaterialCreate)

    async def update(
        self, id: int, /, *, preserve: bool = True, **changes: Unpack[params.MaterialUpdate]
    ) -> Material:
        """Change a material, and keep its `additional_info` unless `preserve` is False."""
        return await self._update(id, changes, params.MaterialUpdate, preserve=preserve)


class Variants(Deletes[Variant], Searches[Variant], path="/variants"):
    """Variants of products and materials: the items that are bought, made, stocked and sold."""

    def list(self, **filters: Unpack[params.VariantFilters]) -> Pages[Variant]:
        """List variants, the newest first. A SKU is not unique: several variants may have it."""
        return self._list(filters, params.VariantFilters)

    def search(self, **query: Unpack[params.VariantSearch[params.VariantWhere]]) -> Pages[Variant]:
        """Search variants, those of services too, such as `where={"sku": {"like": "T-%"}}`.

        Args:
            include: Adds the `item` of each variant, `archived` variants or `deleted` ones.
        """
        return self._search(query, params.VariantWhere, params.VariantSearch)

    async def get(self, id: int, /, **query: Unpack[params.VariantQuery]) -> Variant:
        """Get one variant."""
        return await self._get(id, query, params.VariantQuery)

    async def create(self, **body: Unpack[params.VariantCreate]) -> Variant:
        """Create a variant of a product (`product_id`) or of a material (`material_id`)."""
        return await self._create(body, params.VariantCreate)

    async def update(self, id: int, /, **changes: Unpack[params.VariantUpdate]) -> Variant:
        """Change a variant."""
        return await self._update(id, changes, params.VariantUpdate)

    @operation("POST", "/variant_bin_locations", body=tuple[params.VariantBinLink, ...])
    async def link_bins(
        self, links: Sequence[params.VariantBinLink], /
    ) -> Sequence[models.DefaultStorageBin]:
        """Set the default storage bins of variants, by the names of the bins."""
        response = await self._call_with_rows(
            "/variant_bin_locations", links, params.VariantBinLink
        )
        # Through the package: only this call needs the models of inventory, so they load here.
        return self._read_many(response, models.DefaultStorageBin)

    @operation("POST", "/unlink_variant_bin_locations", body=tuple[params.VariantBinUnlink, ...])
    async def unlink_bins(self, links: Sequence[params.VariantBinUnlink], /) -> None:
        """Remove the default storage bins of variants: 1 to 500 at once."""
        path = "/unlink_variant_bin_locations"
        await self._call_with_rows(path, links, params.VariantBinUnlink)


class Services(GetsAndDeletes[Service], path="/services"):
    """Services: items that are sold or bought, and not stocked."""

    def list(self, **filters: Unpack[params.ServiceFilters]) -> Pages[Service]:
        """List services, the newest first."""
        return self._list(filters, params.ServiceFilters)

    async def create(self, **body: Unpack[params.ServiceCreate]) -> Service:
        """Create a service with its one variant."""
        return await self._create(body, params.ServiceCreate)

    async def update(self, id: int, /, **changes: Unpack[params.ServiceUpdate]) -> Service:
        """Change a service and its variant."""
        return await self._update(id, changes, params.ServiceUpdate)
