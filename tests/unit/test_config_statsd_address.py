"""--statsd: what is an address of a relay, and what is said of what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.config.values.statsd_address import read_address
from initd.core.address import StatsdAddress


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("relay:8125", StatsdAddress("relay", 8125)),
        ("udp://10.0.0.1:9125", StatsdAddress("10.0.0.1", 9125)),
        ("[::1]:8125", StatsdAddress("::1", 8125)),
        ("[fe80::1%eth0]:8125", StatsdAddress("fe80::1%eth0", 8125)),
        ("unix:/run/statsd.sock", StatsdAddress(path="/run/statsd.sock")),
        ("unix:///run/statsd.sock", StatsdAddress(path="/run/statsd.sock")),
        ("unix:/run/my relay", StatsdAddress(path="/run/my relay")),
        ("relay:8125 dialect=dogstatsd", StatsdAddress("relay", 8125)),
        ("relay:8125  dialect=plain", StatsdAddress("relay", 8125, plain=True)),
        (
            "unix:/run/s dialect=plain prefix=team.web-1",
            StatsdAddress(path="/run/s", plain=True, prefix="team.web-1"),
        ),
    ],
)
def test_addresses(text: str, address: StatsdAddress) -> None:
    """UDP by name or number, or a unix socket; written back, it is the same address."""
    assert read_address(text) == address
    assert read_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no port"),
        ("relay", "8125"),
        ("relay:", "invalid port '': expected 1 to 65535"),
        ("relay:0", "invalid port '0'"),
        ("relay:65536", "invalid port '65536'"),
        ("relay:\u0663", "invalid port"),
        (":8125", "has no valid host"),
        ("a b:8125", "has no valid host"),
        ("/run/statsd.sock:1", "has no valid host"),
        ("::1:8125", "put the IPv6 address in brackets"),
        ("[relay]:8125", "brackets are for an IPv6 address"),
        ("unix:8125", "use the socket's absolute path"),
        ("unix://run/statsd.sock", "use the socket's absolute path"),
        ("unix:///" + "x" * 107, "at most 107 bytes"),
        ("relay:8125 dialect=etsy", "dialect=etsy: expected dogstatsd or plain"),
        ("relay:8125 dialct=plain", "unknown 'dialct=plain' behind the address: did you mean"),
        ("relay:8125 tags=a", "behind the address: use dialect or prefix"),
        ("relay:8125 prefix=a", "prefix=a is for dialect=plain"),
        ("relay:8125 dialect=plain prefix=a..b", "prefix=a..b: use letters, digits, _ and -"),
        ("relay:8125 dialect=plain prefix=", "prefix=: use letters"),
        ("relay:8125 dialect=plain dialect=plain", "dialect=plain: dialect= is there twice"),
        ("tcp://relay:8125", "invalid StatsD address 'tcp://relay:8125': use HOST:PORT"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    """What was wrong, and what would be right."""
    with pytest.raises(ValueError, match=said.replace("[", r"\[")) as caught:
        read_address(text)
    assert text.rpartition(" ")[2][:20] in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_a_mistake(text: str) -> None:
    """Never another error; and an address can be written back."""
    for each in (text, f"{text}:8125", f"unix:///{text}"):
        try:
            address = read_address(each)
        except ValueError:
            continue
        assert read_address(str(address)) == address
