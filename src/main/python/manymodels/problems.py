"""The errors that a proxy answers itself, as problem JSON (RFC 9457)."""

import json
from enum import Enum

CONTENT_TYPE = b"application/problem+json"


class Problem(Enum):
    """Code, title, status, and the seconds after which to try again (0: no such advice).

    Code and title are those of the constant of the same name in io.manymodels.model.ErrorCode.
    """

    INVALID_INPUT = ("invalid-input", "The request is not valid", 400, 0)
    NOT_FOUND = ("not-found", "No such resource", 404, 0)
    METHOD_NOT_ALLOWED = ("method-not-allowed", "The method is not allowed here", 405, 0)
    PAYLOAD_TOO_LARGE = ("payload-too-large", "The request is too large", 413, 0)
    INTERNAL = ("internal", "An internal error", 500, 0)
    OVERLOADED = ("overloaded", "The service is overloaded", 503, 1)
    NO_REPLICA = ("no-replica", "No replica can serve right now", 503, 1)
    DEADLINE_EXCEEDED = ("deadline-exceeded", "The deadline passed", 504, 0)

    def __init__(self, code: str, title: str, status: int, retry_after_seconds: int) -> None:
        self.code = code
        self.title = title
        self.status = status
        self.retry_after_seconds = retry_after_seconds

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        content_type = (b"content-type", CONTENT_TYPE)
        if not self.retry_after_seconds:
            return (content_type,)
        return (content_type, (b"retry-after", b"%d" % self.retry_after_seconds))

    def body(self, detail: str, request_id: str) -> bytes:
        return json.dumps(
            {
                "type": f"urn:many-models:problem:{self.code}",
                "title": self.title,
                "status": self.status,
                "detail": detail,
                "instance": request_id,
            }
        ).encode("ascii")


FROM_RAY = {
    404: (Problem.NOT_FOUND, "no application serves this path"),
    408: (Problem.DEADLINE_EXCEEDED, "no answer before the deadline"),
    429: (Problem.OVERLOADED, "too many requests are waiting"),
    503: (Problem.OVERLOADED, "too many requests are waiting, or the application is not ready"),
}
"""The problems for the statuses that Ray's proxy answers by itself; any other error of its own is INTERNAL."""
