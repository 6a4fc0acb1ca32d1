"""The clients that are compared. Each module imports its own library only."""

CLIENTS = {
    "bare": "plain:AiohttpClient",
    "httpx": "plain:HttpxClient",
    "community": "community:CommunityClient",
    "sdk": "sdk:SdkClient",
    "sdk_raw": "sdk:SdkRawClient",
    "step_aiohttp": "sdk:AiohttpStep",
    "step_attempt": "sdk:AttemptStep",
    "step_call": "sdk:CallStep",
}
"""The module and the class of each client, by its name in the results."""
