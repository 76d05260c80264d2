"""The text form between the middleware and Java."""

import base64
import json
from typing import Any

import pytest

from manymodels.envelope import decode_answer, encode_request, kept_headers


def encoded(body: bytes = b"{}", **changes: Any) -> tuple[dict[str, Any], bytes]:
    request: dict[str, Any] = {
        "method": "POST",
        "path": "/score",
        "query": b"",
        "headers": {},
        "request_id": "id-1",
        "arrived_ms": 1700000000123,
    }
    text = encode_request(**{**request, **changes}, body=body)
    assert text[:1] == b"\x01"
    head, _, rest = text[1:].partition(b"\n")
    return json.loads(head), rest


def test_whole_head() -> None:
    headers = {
        b"content-type": b"application/json",
        b"content-encoding": b"gzip",
        b"authorization": b'Bearer "x"\\',
        b"x-request-timeout-ms": b"500",
        b"content-length": b"2",
        b"x-request-id": b"id-1",
    }
    head, body = encoded(query=b"a=b&c=%20\xe9", headers=headers)
    assert body == b"{}"
    assert head == {
        "m": "POST",
        "p": "/score",
        "q": "a=b&c=%20\u00e9",
        "h": {
            "content-type": "application/json",
            "content-encoding": "gzip",
            "authorization": 'Bearer "x"\\',
            "x-request-timeout-ms": "500",
        },
        "id": "id-1",
        "t": 1700000000123,
    }


@pytest.mark.parametrize("path", ["/", '/a"b\\c\n', "/žluť/\U0001f600", "/\ud800"])
def test_any_path_is_one_line_of_ascii(path: str) -> None:
    text = encode_request(
        method="GET", path=path, query=b"", headers={}, request_id="i", arrived_ms=1, body=b""
    ).removesuffix(b"\n")
    assert b"\n" not in text
    assert text.isascii()
    assert json.loads(text[1:])["p"] == path


@pytest.mark.parametrize("body", [b"", b"plain", "žluť".encode(), b"line\nline\n\x01", b"\x00"])
def test_text_body_is_kept_as_it_is(body: bytes) -> None:
    head, rest = encoded(body)
    assert rest == body
    assert "e" not in head


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\x1f\x8b\x08", "ž".encode()[:1], b"\xed\xa0\x80"])
def test_other_body_is_base64(body: bytes) -> None:
    head, rest = encoded(body)
    assert head["e"] == "b64"
    assert base64.b64decode(rest) == body


def test_only_headers_that_matter_are_kept_and_repeated_ones_joined() -> None:
    headers = [(b"authorization", b"a"), (b"cookie", b"x"), (b"authorization", b"b"), (b"x-request-id", b"1")]
    assert kept_headers(headers) == {b"authorization": b"a, b", b"x-request-id": b"1"}


def test_answer() -> None:
    head, body = decode_answer(b'\x01{"s":418,"t":"text/plain","h":{"X-A":"1","Allow":"GET"}}\n{"a":1}\nend')
    assert head.status == 418
    assert head.headers == ((b"content-type", b"text/plain"), (b"x-a", b"1"), (b"allow", b"GET"))
    assert body == b'{"a":1}\nend'


def test_answer_without_options() -> None:
    head, body = decode_answer(b'\x01{"s":200}\n')
    assert (head.status, head.headers, body) == (200, ((b"content-type", b"application/json"),), b"")


def test_binary_answer() -> None:
    assert decode_answer(b'\x01{"s":200,"e":"b64"}\n/w==')[1] == b"\xff"


def test_framing_is_not_for_java_to_set() -> None:
    line = b'\x01{"s":200,"h":{"Content-Length":"5","connection":"close","X-Request-Id":"other","x-a":"1"}}\n'
    assert decode_answer(line)[0].headers[1:] == ((b"x-a", b"1"),)


@pytest.mark.parametrize(
    "answer",
    [
        b"\x01",
        b'\x01{"s":200}',
        b"\x01\n",
        b"\x01[]\n",
        b"\x01{}\n",
        b'\x01{"s":"200"}\n',
        b'\x01{"s":true}\n',
        b'\x01{"s":199}\n',
        b'\x01{"s":600}\n',
        b'\x01{"s":200,"h":[]}\n',
        b'\x01{"s":200,"h":{"x a":"1"}}\n',
        b'\x01{"s":200,"h":{"":"1"}}\n',
        b'\x01{"s":200,"h":{"x-a":"1\\r\\nx-b: 2"}}\n',
        b'\x01{"s":200,"h":{"x-a":1}}\n',
        b'\x01{"s":200,"h":{"x-a":"\\u0159"}}\n',
        b'\x01{"s":200,"t":null}\n',
        b'\x01{"s":200,"e":"gzip"}\n',
        b'\x01{"s":200,"e":"b64"}\n***',
        b"\x01\xff\n",
    ],
)
def test_malformed_answer(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_answer(answer)
