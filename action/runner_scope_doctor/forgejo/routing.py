"""Through what and trusting whom a request goes."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy

from runner_scope_doctor.forgejo.address import ApiAddress, is_loopback
from runner_scope_doctor.model.errors import SettingsInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """`authorities` is a file or folder, True for those of `requests`; `proxies` by scheme, with passwords."""

    authorities: bool | str
    proxies: dict[str, str] = field(repr=False)


def routing_for(address: ApiAddress) -> Routing:
    """Authorities and proxies as `requests` takes them from the environment, looked up once instead of at every page.

    This very machine is never asked through a proxy. Elsewhere a proxy sees only the tunnel over https; over plain http
    it would read the token. Raises SettingsInvalid for that, and for a CA file without a certificate.
    """
    authorities = _checked_authorities(address)
    with requests.Session() as session:
        found = session.merge_environment_settings(address.base_url, {}, True, authorities, None)
    proxies = {scheme: proxy for scheme, proxy in found["proxies"].items() if proxy}
    if is_loopback(urlsplit(address.base_url).hostname or ""):
        proxies = {}
    if address.base_url.startswith("http:") and select_proxy(address.base_url, proxies):
        raise SettingsInvalid(
            "This environment sends plain http through a proxy, which would read the token.",
            next_step="Use https:// in the API URL, or exempt the host with NO_PROXY.",
        )
    return Routing(authorities=found["verify"] or True, proxies=proxies)


def _checked_authorities(address: ApiAddress) -> bool | str:
    if address.ca_file is None:
        return True
    try:
        ssl.create_default_context(cafile=address.ca_file)
    except OSError as error:
        raise SettingsInvalid(
            f"The CA file {address.ca_file} cannot be read or holds no certificate in PEM form.",
            next_step="Give --api-ca-file a file with the authority's certificate in PEM form.",
        ) from error
    return str(address.ca_file)
