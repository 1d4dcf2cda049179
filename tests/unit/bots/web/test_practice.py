from bots.web.practice import OWN, SCRIPT
from tests.web_room import NOON, TEXTS


def test_every_line_is_a_sentence_of_the_catalogue_by_somebody_with_a_name() -> None:
    for line in SCRIPT:
        assert TEXTS.say(line.text, "en")
        assert TEXTS.has(f"practice-name-{line.author}")


def test_the_lines_are_in_the_order_they_were_said_and_all_lie_behind_us() -> None:
    times = [line.sent_at(NOON) for line in SCRIPT]
    assert times == sorted(times)
    assert times[-1] < NOON


def test_one_voice_is_the_readers_own() -> None:
    assert {line.own for line in SCRIPT if line.author == OWN} == {True}
    assert {line.own for line in SCRIPT if line.author != OWN} == {False}
