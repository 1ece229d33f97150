"""Lines of the socket and their values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.report.escape import escaped, escaped_if_unsafe
from runner_scope_doctor.service.protocol import (
    Channel,
    CheckRequest,
    Ended,
    Greeting,
    PlanRequest,
    RepairRequest,
    Said,
    reply_line,
    reply_of_line,
    request_line,
    request_of_line,
)

DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (b"check", CheckRequest()),
        (b"plan 1", PlanRequest(run_id=1)),
        (b"plan 9223372036854775807", PlanRequest(run_id=2**63 - 1)),
        (f"repair {DIGEST} 415".encode(), RepairRequest(digest=DIGEST, run_id=415)),
    ],
)
def test_each_request_is_one_line(line: bytes, request_: CheckRequest | PlanRequest | RepairRequest) -> None:
    """What the client writes is what the service reads, to the byte."""
    assert request_line(request_) == line + b"\n"
    assert request_of_line(line) == request_


@pytest.mark.parametrize(
    "line",
    [
        b"", b" check", b"check ", b"CHECK", b"check\r", b"check\0", b"check 1", b"check\tplan", b"plan", b"plan 0", b"plan 01",
        b"plan -1", b"plan +1", b"plan 1_0", b"plan  1", b"plan 1 2", b"plan 9223372036854775808", b"plan 1" + b"0" * 40,
        "plan ٣".encode(), "plan ²".encode(), b"plan 1\xff", b"repair 1", f"repair {DIGEST}".encode(),
        f"repair {DIGEST.upper()} 1".encode(), f"repair {DIGEST[:-1]} 1".encode(), f"repair {DIGEST}0 1".encode(),
        f"repair {DIGEST}\n 1".encode(), f"repair {DIGEST} 1 --break-glass".encode(), b"apply " + DIGEST.encode() + b" 1",
        b"serve", b"--help", b"repair ../../etc/passwd 1", "check\N{ZERO WIDTH SPACE}".encode(),
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_not_repeated(line: bytes) -> None:
    """No second spelling of a request, no option, nothing of the caller's own in the refusal."""
    with pytest.raises(UsageError) as caught:
        request_of_line(line)
    assert caught.value.problem == "The request is none that this service knows."


@given(some.binary(max_size=300))
def test_no_bytes_are_more_than_refused(line: bytes) -> None:
    """Whatever comes is a request that would be written so, or a refusal."""
    try:
        request = request_of_line(line)
    except UsageError:
        return
    assert request_line(request) == line + b"\n"


@given(some.sampled_from(Channel), some.text())
def test_what_is_said_arrives_safe_to_print(channel: Channel, text: str) -> None:
    """One line whatever the text, unchanged when it was escaped before, escaped once when it was not."""
    line = reply_line(Said(channel=channel, text=text))
    assert line.count(b"\n") == 1
    said = reply_of_line(line.removesuffix(b"\n"))
    assert isinstance(said, Said)
    assert said.channel is channel
    assert said.text.isprintable()
    assert said.text in (text, escaped(text))
    assert escaped_if_unsafe(escaped(text)) == escaped(text)


@pytest.mark.parametrize("hostile", ["::set-env name=PATH::/x", "\x1b[2J", "a\rb", "##[error]x", "\u202eabc", ":x"])
def test_a_service_that_escapes_nothing_cannot_command_the_log(hostile: str) -> None:
    """The client escapes what the service should have."""
    said = reply_of_line(f"out {hostile}".encode())
    assert said == Said(channel=Channel.OUT, text=escaped(hostile))


def test_greeting_and_end_keep_their_numbers() -> None:
    """The two lines that are compared and not printed."""
    for line in (Greeting(version="0.1.0", protocol=1, snapshot=2), Ended(code=10)):
        assert reply_of_line(reply_line(line).removesuffix(b"\n")) == line


@pytest.mark.parametrize(
    "line", [b"", b"out", b"exit", b"exit -1", b"exit 1000", b"exit 0 ", b"Exit 0", b"runner-scope-doctor x", b"\xff"]
)
def test_another_line_is_none_of_the_protocol(line: bytes) -> None:
    """Nothing is guessed."""
    assert reply_of_line(line) is None
