"""API addresses and tokens as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.forgejo.address import PlainHttp, Token, api_address, is_loopback, token_from_text
from runner_scope_doctor.model.errors import SettingsInvalid
from support.forgejo_api import SECRET, TOKEN


@pytest.mark.parametrize(
    ("written", "base_url"),
    [
        ("https://git.example.org/", "https://git.example.org"),
        ("https://git.example.org", "https://git.example.org"),
        ("https://git.example.org/api/v1", "https://git.example.org"),
        ("https://git.example.org/api/v1/", "https://git.example.org"),
        ("https://example.org/git/", "https://example.org/git"),
        ("https://example.org/git/api/v1", "https://example.org/git"),
        ("HTTPS://Git.Example.org:8443/", "https://git.example.org:8443"),
        ("https://[2001:db8::7]:3000/", "https://[2001:db8::7]:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
    ],
)
def test_one_base_url_for_every_way_to_write_it(written: str, base_url: str) -> None:
    """With or without slash, sub-path and /api/v1, the address means the same server."""
    assert api_address(written, token=TOKEN).base_url == base_url


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("ftp://git.example.org/", "scheme ftp"),
        ("git.example.org", "no scheme"),
        ("https://alice:hunter2@git.example.org/", "user or password"),
        ("https://hunter2@git.example.org/", "user or password"),
        ("https:///api/v1", "host name"),
        ("https://git.example.org:port/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://git.example.org/?token=hunter2", "query"),
        ("https://git.example.org/#hunter2", "query or fragment"),
        ("https://git.example.org/../admin", "path"),
        ("https://git.example.org/a b", "path"),
        ("https://gît.example.org/", "xn--"),
        ("http://git.example.org/", "readable by anyone"),
        ("http://127.0.0.1.example.org/", "readable by anyone"),
    ],
)
def test_unusable_url_is_refused_in_words(written: str, reason: str) -> None:
    """A URL that cannot be asked, or would give the token away, is refused with the reason and without its secrets."""
    with pytest.raises(SettingsInvalid, match=reason) as refusal:
        api_address(written, token=TOKEN)
    assert "hunter2" not in str(refusal.value)


def test_plain_http_is_allowed_when_asked_for() -> None:
    """A network of one's own may be trusted, by a choice that the refusal names."""
    with pytest.raises(SettingsInvalid, match="--api-plain-http"):
        api_address("http://forgejo.lan:3000", token=TOKEN)
    address = api_address("http://forgejo.lan:3000", token=TOKEN, plain_http=PlainHttp.ALLOWED)
    assert address.base_url == "http://forgejo.lan:3000"


def test_missing_ca_file_is_refused_before_any_connection(tmp_path: Path) -> None:
    """A CA file that is not there is a setting to correct, not a failing server."""
    with pytest.raises(SettingsInvalid, match=r"nowhere\.pem"):
        api_address("https://git.example.org", token=TOKEN, ca_file=tmp_path / "nowhere.pem")


@pytest.mark.parametrize("text", [SECRET, SECRET + "\n", SECRET + "\r\n", f" {SECRET}\t"])
def test_token_without_its_line_end(text: str) -> None:
    """A file or variable that ends its line holds the same token."""
    assert token_from_text(text, source="RSD_API_TOKEN").secret == SECRET


@pytest.mark.parametrize("text", ["", "\n", "token abc", "Bearer abc", "a\nb", "a\x00b", "tök", "a" * 9000])
def test_what_is_no_token_is_refused(text: str) -> None:
    """Nothing that could split a header, or was pasted wrongly, is sent; the message names the place, not the text."""
    with pytest.raises(SettingsInvalid, match="RSD_API_TOKEN") as refusal:
        token_from_text(text, source="RSD_API_TOKEN")
    assert not text.strip() or text not in str(refusal.value)


def test_token_has_no_text_form() -> None:
    """Whoever prints an address or a token by mistake prints no secret."""
    address = api_address("https://git.example.org", token=Token(secret=SECRET))
    assert SECRET not in f"{address} {address!r} {address.token} {address.token!r}"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.8.9.1", True), ("::1", True), ("10.0.0.1", False), ("localhost.example.org", False)],
)
def test_loopback_is_this_machine_only(host: str, loopback: bool) -> None:
    """Only names and addresses that never leave the machine count as loopback."""
    assert is_loopback(host) is loopback
