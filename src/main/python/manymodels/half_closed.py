"""Answers for clients that shut down their writing side after the request (`nc -N`, some TCP relays), in Ray's proxy.

uvicorn 0.54.0 closes such a connection at once, and the request under way gets http.disconnect: eof_received of
HttpToolsProtocol, the protocol of its HTTP connections, returns None, which has asyncio close the transport.
"""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from manymodels.ray_java_compat.patching import replace


def answer_half_closed() -> None:
    """Keep a connection until the answer to its last request has been written, if that request came whole.

    A client that has closed both sides looks the same until something is written to it; its request runs to the end,
    which its deadline bounds. TLS has no half-closed connections: there everything stays as it is.
    """

    def make(eof_received: Callable[[Any], bool | None]) -> Any:
        def keep_for_the_answer(self: Any) -> bool | None:
            cycle = self.cycle
            if self.scheme == "https" or cycle is None or cycle.response_complete or cycle.more_body:
                return eof_received(self)
            cycle.keep_alive = False
            return True

        return keep_for_the_answer

    replace(HttpToolsProtocol, "eof_received", make)
