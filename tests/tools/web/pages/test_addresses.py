from ipaddress import ip_network
from random import Random

import pytest

from outlast.tools.web.pages.addresses import NOT_PUBLIC_4, NOT_PUBLIC_6, PUBLIC_6, describe_non_public

PUBLIC = ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"]
PUBLIC += ["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15"]
PUBLIC += ["2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:200::1", "2001:470::1", "2003::1", "2400:cb00::1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert describe_non_public(address) is None


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("127.0.0.1", "this machine itself"),
        ("127.255.255.254", "this machine itself"),
        ("::1", "this machine itself"),
        ("0.0.0.0", "an unspecified address"),  # noqa: S104
        ("::", "an unspecified address"),
        ("10.0.0.1", "a private address"),
        ("172.16.0.1", "a private address"),
        ("172.31.255.255", "a private address"),
        ("192.168.1.1", "a private address"),
        ("fd00:ec2::254", "a private address"),
        ("fec0::1", "a private address"),
        ("100.64.0.1", "an address inside a provider's network"),
        ("100.100.100.200", "an address inside a provider's network"),
        ("169.254.169.254", "a link-local address, where clouds keep their secrets"),
        ("168.63.129.16", "a cloud's own service for its machines"),
        ("192.0.0.192", "an address for protocols"),
        ("fe80::1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("::ffff:127.0.0.1", "an IPv4 address inside an IPv6 address"),
        ("::ffff:8.8.8.8", "an IPv4 address inside an IPv6 address"),
        ("::127.0.0.1", "an IPv4 address inside an IPv6 address"),
        ("::ffff:0:127.0.0.1", "an IPv4 address inside an IPv6 address"),
        ("64:ff9b::10.0.0.1", "an IPv4 address inside an IPv6 address (NAT64)"),
        ("64:ff9b:1::10.0.0.1", "an IPv4 address inside an IPv6 address (NAT64)"),
        ("2002:7f00:1::", "an IPv4 address inside an IPv6 address (6to4)"),
        ("2001:0:53aa:64c::1", "an IPv4 address inside an IPv6 address (Teredo)"),
        ("2400:cb00::5efe:10.0.0.1", "an IPv4 address inside an IPv6 address (ISATAP)"),
        ("2400:cb00::200:5efe:10.0.0.1", "an IPv4 address inside an IPv6 address (ISATAP)"),
        ("198.18.0.1", "an address for benchmarks"),
        ("198.19.255.255", "an address for benchmarks"),
        ("2001:2::1", "an address for benchmarks"),
        ("192.0.2.1", "an address for documentation"),
        ("198.51.100.1", "an address for documentation"),
        ("203.0.113.1", "an address for documentation"),
        ("2001:db8::1", "an address for documentation"),
        ("3fff::1", "an address for documentation"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("255.255.255.255", "a reserved address"),
        ("240.0.0.1", "a reserved address"),
        ("100::1", "a reserved address"),
        ("5f00::1", "a reserved address"),
        ("4000::1", "a reserved address"),
    ],
)
def test_addresses_that_are_not_public(address: str, what: str) -> None:
    assert describe_non_public(address) == what


def test_each_range_from_its_first_address_to_its_last() -> None:
    for network in [*NOT_PUBLIC_4, *NOT_PUBLIC_6]:
        for address in (network[0], network[-1], network[network.num_addresses // 2]):
            assert describe_non_public(str(address)) is not None, address


def test_no_ipv6_address_outside_what_was_ever_given_out() -> None:
    chance = Random(6)
    everything = ip_network("::/0")
    tried = [everything[chance.randrange(everything.num_addresses)] for _ in range(2_000)]
    outside = [address for address in tried if address not in PUBLIC_6]
    assert len(outside) > 1_000
    assert all(describe_non_public(str(address)) for address in outside)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "1.2.3.4.5", "0x7f000001", "[::1]"])
def test_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        describe_non_public(text)
