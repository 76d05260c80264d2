"""Free ports, taken ones, and who took them."""

import os
import socket
from collections.abc import Iterator

import pytest

from launcher.cluster import checks, ports
from launcher.errors import LauncherError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_taken_port_is_not_free(taken: int) -> None:
    assert not ports.is_free(taken)


def test_port_shared_by_reuse_is_not_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("0.0.0.0", 0))
        server.listen()
        assert not ports.is_free(server.getsockname()[1])


def test_owner_of_a_port_is_named(taken: int) -> None:
    assert ports.owner(taken).endswith(f"(pid {os.getpid()})")


def test_taken_port_is_told_with_the_option_that_changes_it(taken: int) -> None:
    with pytest.raises(LauncherError, match=rf"port {taken} is taken by .*pid.* another with --http-port"):
        checks.free_ports({"--http-port": taken})


def test_the_direct_port_may_also_be_left_closed(taken: int) -> None:
    with pytest.raises(LauncherError, match=r"another with --direct-port \(0: any free; none: not opened\)$"):
        checks.free_ports({"--direct-port": taken})
    with pytest.raises(LauncherError, match=r"another with --grpc-port \(0: any free; none: not opened\)$"):
        checks.free_ports({"--grpc-port": taken})


def test_given_ports_are_kept_and_the_rest_are_different_free_ones() -> None:
    chosen = ports.complete(8000, 0, 6379)
    assert (chosen.http, chosen.gcs) == (8000, 6379)
    others = [chosen.dashboard, chosen.agent, chosen.client, chosen.metrics, chosen.dashboard_metrics]
    assert len({8000, 6379, *others}) == 7
    assert all(ports.is_free(port) for port in others)


def test_only_listening_sockets_of_the_port_count() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1\n"
        "   1: 0100007F:1F40 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1\n"
        "   2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1\n"
    )
    assert ports.inodes(table, 8000) == {"111"}


def test_connections_are_those_that_a_process_has_accepted_and_not_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        assert ports.connections(port, os.getpid()) == 0
        with socket.create_connection(("127.0.0.1", port), timeout=5), server.accept()[0]:
            assert ports.connections(port, os.getpid()) == 1
            assert ports.connections(port, 1) == 0
        assert ports.connections(port, os.getpid()) == 0
