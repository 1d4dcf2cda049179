import argon2
import pytest

from core.errors import InputRefused
from desk.staff.passwords import LONGEST, SHORTEST, Passwords, check

GOOD = "four unrelated words stand here"
FAST = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("x" * (SHORTEST - 1), "password-short"),
        ("", "password-short"),
        ("aaaaaaaaaaaaaaaaaaaa", "password-easy"),
        ("abababababababababab", "password-easy"),
        ("my name is ANN LEE you know", "password-easy"),
        (GOOD * 20, "password-long"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check(password, "Ann Lee")
    assert refused.value.reason == reason


def test_four_words_will_do_at_both_ends_of_the_length() -> None:
    check(GOOD, "Ann Lee")
    check("correct horse b", "Ann Lee")
    check((GOOD * 20)[:LONGEST], "Ann Lee")


async def test_the_right_password_matches_and_another_does_not() -> None:
    passwords = Passwords(FAST)
    encoded = await passwords.hash(GOOD)
    assert await passwords.matches(encoded, GOOD)
    assert not await passwords.matches(encoded, GOOD + ".")
    assert GOOD not in encoded


async def test_the_same_characters_typed_on_another_keyboard_match() -> None:
    passwords = Passwords(FAST)
    encoded = await passwords.hash("caf\u00e9 " + GOOD)
    assert await passwords.matches(encoded, "cafe\u0301 " + GOOD)


async def test_a_name_that_nobody_has_costs_a_comparison_and_never_matches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []
    passwords = Passwords(FAST)
    verify = passwords._verify

    def counted(encoded: str, password: bytes) -> bool:
        compared.append(encoded)
        return verify(encoded, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    assert not await passwords.matches(None, "a password that nobody has")
    assert len(compared) == 1
    assert compared[0].startswith("$argon2id$")


async def test_a_damaged_hash_matches_nothing() -> None:
    assert not await Passwords(FAST).matches("$argon2id$broken", GOOD)


async def test_a_hash_of_another_cost_is_outdated() -> None:
    cheap = await Passwords(FAST).hash(GOOD)
    assert Passwords().outdated(cheap)
    assert not Passwords(FAST).outdated(cheap)


def test_the_cost_is_what_rfc_9106_asks_for_at_least() -> None:
    hasher = Passwords()._hasher
    assert hasher.memory_cost >= 64 * 1024
    assert hasher.time_cost >= 3
    assert hasher.type is argon2.Type.ID
