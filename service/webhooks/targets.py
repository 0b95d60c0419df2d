"""Where a webhook may point: checked when it is registered, and again on the address that is really connected to."""

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST = 2_000
_WRONG = "نشانی باید با http:// یا https:// آغاز شود و نام میزبان داشته باشد."
#: No name ends in a number: what does is read as an address, in ways that differ.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def refusal(url: str, *, allow_private: bool) -> str | None:
    """Return why a webhook may not point here, in Persian; None when it may.

    A name is not resolved: what it means can change, so that is looked at when the connection is made.

    >>> refusal("https://crm.example/hook", allow_private=False)
    >>> refusal("http://127.0.0.1/hook", allow_private=False)
    'نشانی‌های شبکهٔ داخلی پذیرفته نمی‌شوند.'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return _WRONG
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return "نشانی باید کوتاه‌تر از ۲۰۰۰ نویسه و فقط از نویسه‌های ASCII باشد."
    if parts.scheme not in {"http", "https"} or not host or port == 0 or not _is_host(host):
        return _WRONG
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "نشانی نباید نام کاربری، گذرواژه یا «#» داشته باشد."
    if not allow_private and _names_private(host):
        return "نشانی‌های شبکهٔ داخلی پذیرفته نمی‌شوند."
    return None


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the open internet, also when it is wrapped in IPv6.

    >>> is_public("8.8.8.8"), is_public("::ffff:10.0.0.1"), is_public("100.64.0.1"), is_public("169.254.169.254")
    (True, False, False, False)
    """
    found = _address(address)
    return found is not None and all(_is_open(each) for each in (found, *_wrapped(found)))


def _address(host: str) -> _Address | None:
    """Return the IP address that is written here; None when it is a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_open(found: _Address) -> bool:
    local = isinstance(found, ipaddress.IPv6Address) and found.is_site_local
    return found.is_global and not (found.is_multicast or found.is_reserved or local)


def _wrapped(found: _Address) -> list[_Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(found, ipaddress.IPv4Address):
        return []
    teredo = found.teredo or ()
    nat64 = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None
    inside = (found.ipv4_mapped, found.sixtofour, nat64, *teredo)
    return [each for each in inside if each is not None]


def _is_host(host: str) -> bool:
    """Tell whether this is an address as everybody writes it or a name; «127.1» and «0x7f000001» are neither."""
    *_, last = labels = host.removesuffix(".").split(".")
    return _address(host) is not None or (all(labels) and not _NUMBER.fullmatch(last))


def _names_private(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    return _address(name) is not None and not is_public(name)
