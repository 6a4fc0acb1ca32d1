"""A client that calls as a connection: refused servers, and deadlines."""

from typing import Any

import pytest

from katana_async import ConfigurationError, KatanaClient, TimedOut, TokenRequestFailed
from katana_async.oauth import OAuthApp
from katana_async.sandbox import faults
from tests.oauth.partner import Partner


async def test_a_token_is_not_sent_to_another_server(partner: Partner) -> None:
    app = partner.app()
    connection = await partner.connect(app)
    auth = app.auth(connection.id)
    elsewhere = "https://elsewhere.test/v1"
    refused = "another server would get its token"
    with pytest.raises(ConfigurationError, match=refused):
        KatanaClient(auth=auth, base_url=elsewhere)
    with pytest.raises(ConfigurationError, match=refused):
        KatanaClient(auth=auth)
    with pytest.raises(ConfigurationError, match=refused):
        KatanaClient(auth=None, base_url=elsewhere).with_auth(auth)
    client = KatanaClient(auth=auth, base_url=f"{partner.sandbox.base_url}/other/path")
    await client.close()


@pytest.mark.parametrize("given", ["tenant-42", OAuthApp])
async def test_an_object_without_the_methods_of_auth_is_refused(
    partner: Partner, given: Any
) -> None:
    with pytest.raises(ConfigurationError, match=r"the id of a connection into app.auth\(...\)"):
        partner.client().with_auth(given)
    with pytest.raises(ConfigurationError, match="not OAuthApp"):
        partner.client().with_auth(partner.app())  # type: ignore[arg-type]  # the point


async def test_a_deadline_during_a_refresh_names_the_credentials(
    partner: Partner,
) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(faults.Latency(0.5), path="/oauth/token")
    katana = partner.client().with_auth(app.auth(connection_id)).with_options(deadline=0.05)
    with pytest.raises(TimedOut, match="while waiting for its credentials"):
        await katana.products.list().count()


async def test_the_error_of_a_failed_refresh_names_the_connection(partner: Partner) -> None:
    app, connection_id = await partner.expired()
    partner.sandbox.faults.add(
        faults.Status(503, {"error": "temporarily_unavailable"}), path="/oauth/token"
    )
    for _ in range(2):
        with pytest.raises(TokenRequestFailed) as caught:
            await app.auth(connection_id).credential()
        assert str(caught.value).count(f"connection {connection_id}: ") == 1
