from hypothesis import given
from hypothesis import strategies as st

from desk.staff.tokens import Token, digest, form_token, is_form_token, new_token

TEXT = st.text(max_size=200)


def test_tokens_have_256_bits_and_are_never_the_same() -> None:
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(len(token) == 43 for token in tokens)


def test_a_digest_does_not_show_its_token() -> None:
    token = new_token()
    assert len(digest(token)) == 64
    assert token not in digest(token)


@given(TEXT)
def test_any_text_that_a_cookie_may_hold_has_a_digest(text: str) -> None:
    assert len(digest(text)) == 64


def test_a_form_token_belongs_to_one_session() -> None:
    mine, other = new_token(), new_token()
    assert is_form_token(form_token(mine), mine)
    assert not is_form_token(form_token(mine), other)


def test_a_form_token_neither_shows_nor_equals_what_is_stored() -> None:
    token = new_token()
    assert form_token(token) not in {token, digest(token)}


@given(TEXT)
def test_nothing_that_was_made_up_passes_as_a_form_token(made_up: str) -> None:
    assert not is_form_token(made_up, Token("a session"))


def test_lone_surrogates_are_only_wrong() -> None:
    assert not is_form_token("\ud800", "\udfff")
