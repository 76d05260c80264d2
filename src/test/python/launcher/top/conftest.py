from __future__ import annotations

from collections.abc import Iterator

import made_up_tenants
import pytest
from made_up_tenants import Application


@pytest.fixture
def application() -> Iterator[Application]:
    with made_up_tenants.served() as found:
        yield found
