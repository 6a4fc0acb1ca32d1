"""A document without differences from the SDK, which tests change."""

from typing import Any

import pytest

from tests.openapi import openapi_3_0_document


@pytest.fixture(scope="module")
def gateway() -> dict[str, Any]:
    """Return a document of version 3.0 without references, so that a change has one place."""
    return openapi_3_0_document()
