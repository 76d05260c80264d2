"""Names in one line."""

import pytest

from launcher.folding import lists_in, ranges


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["Deployment1"], "Deployment1"),
        (["Deployment2", "Deployment1"], "Deployment1, Deployment2"),
        (["Deployment1", "Deployment10", *(f"Deployment{n}" for n in range(2, 10))], "Deployment1 to Deployment10"),
        (["Deployment9", "Deployment1", "Deployment2", "Deployment3"], "Deployment1 to Deployment3, Deployment9"),
        (["a", "b-1", "b-2", "b-3", "b-05"], "a, b-1 to b-3, b-05"),
        (["a1", "b2", "c3"], "a1, b2, c3"),
    ],
)
def test_neighbours_are_folded(names: list[str], text: str) -> None:
    assert ranges(names) == text


def test_lists_in_a_text_are_folded() -> None:
    assert lists_in("the user_config of D1, D2, D3 changed, 2 of 3") == "the user_config of D1 to D3 changed, 2 of 3"
    assert lists_in("of D1, D2 and nothing more") == "of D1, D2 and nothing more"
