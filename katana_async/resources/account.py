"""What can be called about the account itself."""

from __future__ import annotations

from ..models.account import Factory, UserInfo
from ._base import Single


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
