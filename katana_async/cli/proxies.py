"""The proxy of the environment: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or not."""

from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from ..http.settings import parse_proxy
from .problems import UsageProblem


def proxy_for(address: str) -> str | None:
    """Return the proxy for an address, None for a direct connection.

    aiohttp's `trust_env` is not used: it also reads the netrc file, whose credentials would get in
    the way of the API key. An address of this machine, such as a sandbox's, needs no proxy.

    Raises:
        UsageProblem: The variable holds no address of a proxy.
    """
    url = URL(address)
    host = url.host or ""
    if _is_loopback(host) or proxy_bypass(host):
        return None
    proxy = getproxies().get(url.scheme)
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    parsed = parse_proxy(proxy)
    if parsed is None or parsed.url is None:
        del proxy, parsed  # it may hold a password
        raise UsageProblem(
            f"{url.scheme.upper()}_PROXY must be like http://proxy.example:3128 (http or https)"
        )
    return proxy


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
