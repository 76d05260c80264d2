r"""The text form of a request to Java and of its answer: "\x01", a head of one line of JSON, "\n", the body.

The body is not escaped, so a large one costs one copy. A body that is not UTF-8 travels as base64 with "e":"b64" in the
head, because the call to Java carries text.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quote
from typing import NamedTuple

MARK = b"\x01"

FORWARDED_HEADERS = (
    b"content-type",
    b"content-encoding",
    b"accept",
    b"accept-encoding",
    b"authorization",
    b"origin",
    b"access-control-request-method",
    b"x-api-key",
    b"last-event-id",
    b"x-request-timeout-ms",
    b"traceparent",
    b"tracestate",
    b"inference-header-content-length",
    b"x-ms-client-request-id",
)
"""The request headers that Java sees, as io.manymodels.http.Exchange.FORWARDED on the direct port."""

_LABELS = tuple((name, f'"{name.decode()}":') for name in FORWARDED_HEADERS)
_KEPT = frozenset((*FORWARDED_HEADERS, b"content-length", b"x-request-id"))
_FRAMING = frozenset(("connection", "content-length", "content-type", "transfer-encoding", "x-request-id"))
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class AnswerHead(NamedTuple):
    """The head of Java's answer.

    The headers include the content type and no other framing. max_body_bytes is the Dispatcher's limit, 0 if not told.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    is_base64: bool
    max_body_bytes: int


def kept_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers that matter here. A repeated one is joined with a comma (RFC 9110, 5.3): no value is hidden."""
    kept: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _KEPT:
            kept[name] = kept[name] + b", " + value if name in kept else value
    return kept


def encode_request(
    *,
    method: str,
    path: str,
    query: bytes,
    headers: Mapping[bytes, bytes],
    request_id: str,
    arrived_ms: int,
    body: bytes,
) -> bytes:
    """The request as Java gets it. `request_id` must need no escaping."""
    encoding = ""
    if not (body.isascii() or _is_utf8(body)):
        encoding, body = ',"e":"b64"', base64.b64encode(body)
    chosen = ",".join([label + quote(headers[name].decode("latin-1")) for name, label in _LABELS if name in headers])
    head = (
        f'\x01{{"m":{quote(method)},"p":{quote(path)},"q":{quote(query.decode("latin-1"))},"h":{{{chosen}}},'
        f'"id":"{request_id}","t":{arrived_ms}{encoding}}}\n'
    )
    return head.encode("ascii") + body


def decode_answer(answer: bytes) -> tuple[AnswerHead, bytes]:
    """Head and body of an answer that starts with the mark.

    Raises:
        ValueError: the answer breaks the form.
    """
    end = answer.index(b"\n")
    head = parse_answer_head(answer[len(MARK) : end])
    body = answer[end + 1 :]
    return head, base64.b64decode(body, validate=True) if head.is_base64 else body


@lru_cache(maxsize=256)
def parse_answer_head(line: bytes) -> AnswerHead:
    """Cached, since nearly all answers have one of a few heads.

    Raises:
        ValueError: not such a head, or a header that cannot be sent.
    """
    head = json.loads(line)
    if not isinstance(head, dict):
        raise ValueError("the head is no JSON object")
    status, others, encoding, limit = head.get("s"), head.get("h", {}), head.get("e"), head.get("b", 0)
    if type(status) is not int or not 200 <= status <= 599:
        raise ValueError(f"bad status {status!r}")
    if not isinstance(others, dict) or encoding not in (None, "b64"):
        raise ValueError("bad headers or encoding")
    if type(limit) is not int or limit < 0:
        raise ValueError(f"bad limit {limit!r}")
    headers = [("content-type", head.get("t", "application/json"))]
    headers += [(name.lower(), value) for name, value in others.items() if name.lower() not in _FRAMING]
    return AnswerHead(status, tuple(_header(name, value) for name, value in headers), encoding == "b64", limit)


def _header(name: str, value: object) -> tuple[bytes, bytes]:
    if isinstance(value, str) and _HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value):
        return name.encode("ascii"), value.encode("latin-1")
    raise ValueError(f"bad header {name!r}")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
