"""The network addresses from which pages may be fetched: those of the public internet and no others."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# From IANA's registries of special-purpose addresses, with additions that these do not list. The standard library's
# `is_global` is asked too, but its table differs between versions of Python.
NOT_PUBLIC_4 = {
    ip_network(network): kind
    for network, kind in {
        "0.0.0.0/8": "an unspecified address",
        "10.0.0.0/8": "a private address",
        "100.64.0.0/10": "an address inside a provider's network",
        "127.0.0.0/8": "this machine itself",
        "168.63.129.16/32": "a cloud's own service for its machines",
        "169.254.0.0/16": "a link-local address, where clouds keep their secrets",
        "172.16.0.0/12": "a private address",
        "192.0.0.0/24": "an address for protocols",
        "192.0.2.0/24": "an address for documentation",
        "192.31.196.0/24": "an address for protocols",
        "192.52.193.0/24": "an address for protocols",
        "192.88.99.0/24": "an address for protocols",
        "192.168.0.0/16": "a private address",
        "192.175.48.0/24": "an address for protocols",
        "198.18.0.0/15": "an address for benchmarks",
        "198.51.100.0/24": "an address for documentation",
        "203.0.113.0/24": "an address for documentation",
        "224.0.0.0/4": "a multicast address",
        "240.0.0.0/4": "a reserved address",
    }.items()
}

NOT_PUBLIC_6 = {
    ip_network(network): kind
    for network, kind in {
        "::1/128": "this machine itself",
        "::/128": "an unspecified address",
        "fc00::/7": "a private address",
        "fe80::/10": "a link-local address",
        "fec0::/10": "a private address",
        "ff00::/8": "a multicast address",
        "::/96": "an IPv4 address inside an IPv6 address",
        "::ffff:0:0/96": "an IPv4 address inside an IPv6 address",
        "::ffff:0:0:0/96": "an IPv4 address inside an IPv6 address",
        "64:ff9b::/96": "an IPv4 address inside an IPv6 address (NAT64)",
        "64:ff9b:1::/48": "an IPv4 address inside an IPv6 address (NAT64)",
        "2001::/32": "an IPv4 address inside an IPv6 address (Teredo)",
        "2001:2::/48": "an address for benchmarks",
        "2001::/23": "an address for protocols",
        "2001:db8::/32": "an address for documentation",
        "2002::/16": "an IPv4 address inside an IPv6 address (6to4)",
        "2620:4f:8000::/48": "an address for protocols",
        "3ffe::/16": "an address that was given back",
        "3fff::/20": "an address for documentation",
    }.items()
}
PUBLIC_6 = ip_network("2000::/3")
"""All global unicast addresses that IANA has allocated so far."""


def describe_non_public(address: str) -> str | None:
    """Return the kind of a non-public address, such as `a private address`; None if the address is public.

    Raises ValueError if `address` is not an address. IPv6 addresses that contain IPv4 addresses (mapped, NAT64, 6to4,
    Teredo, ISATAP) are never public: they may lead to any IPv4 address.
    """
    parsed = ip_address(address.partition("%")[0])  # a percent sign is followed by the network interface
    table = NOT_PUBLIC_4 if isinstance(parsed, IPv4Address) else NOT_PUBLIC_6
    listed = next((kind for network, kind in table.items() if parsed in network), None)
    if listed is not None:
        return listed
    if isinstance(parsed, IPv6Address) and _is_isatap(parsed):
        return "an IPv4 address inside an IPv6 address (ISATAP)"
    if not parsed.is_global or (isinstance(parsed, IPv6Address) and parsed not in PUBLIC_6):
        return "a reserved address"
    return None


def _is_isatap(address: IPv6Address) -> bool:
    """Return whether the address has `::0:5efe:` or `::200:5efe:` before an IPv4 address, in any network."""
    return (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE
