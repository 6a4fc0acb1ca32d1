"""A document that the SDK agrees with, to be changed."""

from typing import Any

import pytest

from tests.openapi import openapi_3_0_document


@pytest.fixture(scope="module")
def gateway() -> dict[str, Any]:
    """A document of version 3.0 without references, so that a change is in one place."""
    return openapi_3_0_document()
