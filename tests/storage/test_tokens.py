import pytest
from sqlalchemy import Engine

from storage.conversations import Conversations
from storage.tokens import TOKEN, Tokens, token_for


@pytest.fixture
def tokens(engine: Engine) -> Tokens:
    for name in ("lan", "minh"):
        Conversations(engine).ensure(name, "telegram")
    return Tokens(engine)


def test_a_token_is_short_the_same_each_time_and_stands_for_its_payload(tokens: Tokens) -> None:
    token = tokens.issue("lan", "facet:1.001193:fee")
    assert TOKEN.fullmatch(token)
    assert len(token.encode()) == 12
    assert tokens.issue("lan", "facet:1.001193:fee") == token
    assert tokens.resolve("lan", token) == "facet:1.001193:fee"


def test_payloads_have_tokens_of_their_own(tokens: Tokens) -> None:
    issued = {tokens.issue("lan", f"about:1.00{n}"): f"about:1.00{n}" for n in range(50)}
    assert len(issued) == 50
    assert all(tokens.resolve("lan", token) == payload for token, payload in issued.items())


def test_a_token_of_another_conversation_opens_nothing(tokens: Tokens) -> None:
    assert tokens.resolve("minh", tokens.issue("lan", "human")) is None
    assert token_for("lan", "human") != token_for("minh", "human")


@pytest.mark.parametrize("typed", ["", "t:", "2", "human", "t:0123456789", "T:0123456789", "t:0123456789x", "t:\u0661"])
def test_what_is_no_token_stands_for_nothing(tokens: Tokens, typed: str) -> None:
    assert tokens.resolve("lan", typed) is None
