"""How urgent a report is: every rule with what fits it and what does not, and that nothing ever lowers."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.errors import SettingsInvalid
from core.reports.categories import Categories
from core.reports.model import AgeBand, Answers, Category, Priority, ReporterRole, Who, YesNo
from core.reports.triage import Rules, Triage, TriageFacts, is_urgent, normalised, triage
from core.settings.shipped import config_dir

CATEGORIES = Categories.load(config_dir() / "categories.toml")
RULES = Rules.load(config_dir() / "triage.toml", CATEGORIES)
P0, P1, P2, P3 = Priority


def decide(*told: Answers, **facts: Any) -> Triage:
    return triage(TriageFacts(told=told, **facts), RULES, CATEGORIES)


def priority(category: Category, words: str = "", **answers: Any) -> Priority:
    return decide(Answers(category=category, own_words=words, **answers)).priority


def codes(*told: Answers, **facts: Any) -> list[str]:
    return [reason.code for reason in decide(*told, **facts).reasons]


LONG = "it is about something that happened yesterday in our chess group"

# What was answered.


@pytest.mark.parametrize("category", list(Category))
def test_danger_now_is_p0_whatever_it_is_about(category: Category) -> None:
    assert priority(category, danger=YesNo.YES) is P0


@pytest.mark.parametrize("category", list(Category))
def test_doubt_about_danger_is_at_least_p1(category: Category) -> None:
    assert priority(category, LONG, danger=YesNo.NOT_SURE) <= P1


@pytest.mark.parametrize("category", list(Category))
def test_no_to_danger_changes_nothing(category: Category) -> None:
    assert priority(category, LONG, danger=YesNo.NO) is priority(category, LONG)


@pytest.mark.parametrize("category", list(Category))
def test_without_more_a_report_starts_at_its_floor(category: Category) -> None:
    assert priority(category, LONG) is CATEGORIES[category].floor


def test_i_cant_say_is_p1() -> None:
    assert priority(Category.UNSPECIFIED) is P1


@pytest.mark.parametrize("words", ["", "help", "he is so weird", "😀 ??? !!! ... --- ", "a\u200bb c d"])
def test_something_else_with_under_five_words_is_p1(words: str) -> None:
    assert priority(Category.OTHER, words) is P1


@pytest.mark.parametrize("words", ["one two three four five", LONG])
def test_something_else_with_five_words_is_routine(words: str) -> None:
    assert priority(Category.OTHER, words) is P3


@pytest.mark.parametrize("who", [None, Who.ME, Who.FRIEND])
def test_a_young_person_about_themselves_or_a_friend_counts_as_near_wordless(who: Who | None) -> None:
    assert priority(Category.OTHER, "help", who=who) is P1


@pytest.mark.parametrize("who", [Who.MODERATE_HERE, Who.CHILD_I_LOOK_AFTER])
def test_few_words_of_a_grown_up_are_just_few_words(who: Who) -> None:
    assert priority(Category.OTHER, "please look", who=who) is P3


@pytest.mark.parametrize("role", [role for role in ReporterRole if role is not ReporterRole.YOUNG_PERSON])
def test_few_words_of_another_role_are_just_few_words(role: ReporterRole) -> None:
    assert decide(Answers(category=Category.OTHER), role=role).priority is P3


@pytest.mark.parametrize(
    ("category", "age", "expected"),
    [
        (Category.GROOMING, AgeBand.TEN_TO_TWELVE, P0),
        (Category.GROOMING, AgeBand.UNDER_10, P0),
        (Category.GROOMING, AgeBand.THIRTEEN_TO_FIFTEEN, P1),
        (Category.UNWANTED_SEXUAL, AgeBand.TEN_TO_TWELVE, P0),
        (Category.UNWANTED_SEXUAL, AgeBand.SIXTEEN_SEVENTEEN, P2),
        (Category.BULLYING, AgeBand.TEN_TO_TWELVE, P1),
        (Category.ACCOUNT, AgeBand.UNDER_10, P2),
        (Category.ACCOUNT, AgeBand.ADULT, P3),
    ],
)
def test_a_child_of_twelve_or_younger_raises_by_one(
    category: Category, age: AgeBand, expected: Priority
) -> None:
    assert priority(category, LONG, age=age) is expected


def test_someone_who_runs_the_place_raises_by_one() -> None:
    assert priority(Category.BULLYING, LONG, runs_place=YesNo.YES) is P1
    assert priority(Category.BULLYING, LONG, runs_place=YesNo.NOT_SURE) is P2
    assert decide(Answers(category=Category.ACCOUNT, own_words=LONG), subject_is_staff=True).priority is P2


def test_a_subject_reported_elsewhere_raises_by_one() -> None:
    told = Answers(category=Category.BULLYING, own_words=LONG)
    assert decide(told, other_reports=0).priority is P2
    assert decide(told, other_reports=1).priority is decide(told, other_reports=9).priority is P1


# Their own words: each rule with words that fit and words that must not.


@pytest.mark.parametrize(
    ("category", "words", "expected"),
    [
        (Category.MEETING, "He wants to meet me TONIGHT at the station", P0),
        (Category.MEETING, "she says tomorrow after school", P0),
        (Category.MEETING, "he is on his way and mum is out", P0),
        (Category.MEETING, "He\u2019s bought me a train ticket to his town", P0),
        (Category.MEETING, "we met in the park last week", P0),
        (Category.MEETING, "they picked me up in a car", P0),
        (Category.MEETING, "they want to meet some day, maybe in the summer", P1),
        (Category.MEETING, "he asks where I live and wants a date", P1),
        (Category.GROOMING, "he wrote to me tomorrow morning we play", P1),
        (Category.SELF_HARM, "I want to hurt myself tonight", P0),
        (Category.SELF_HARM, "I have pills in my room", P0),
        (Category.SELF_HARM, "i wrote a note for mum", P0),
        (Category.SELF_HARM, "I feel so sad all the time", P1),
        (Category.OTHER, "I wish I was dead and nobody sees it", P1),
        (Category.OTHER, "i will k\u200bms tonight because of all this", P0),
        (Category.BULLYING, "they told me to kill myself with a knife", P0),
        (Category.OTHER, "my friend took all her pills and is asleep, took too many", P0),
        (Category.HATE_EXTREMISM, "they plan a bombing of the mosque", P0),
        (Category.HATE_EXTREMISM, "he says he will shoot up the school", P0),
        (Category.HATE_EXTREMISM, "they post nasty memes about muslims all day", P2),
        (Category.BULLYING, "he has a knife and shows it", P0),
        (Category.OTHER, "my best friend ran away and is with somebody from the game", P0),
        (Category.SEXUAL_PRESSURE, "he is outside my house and texts me", P0),
        (Category.ACCOUNT, "they know where I live and say they will hurt me", P0),
        (Category.ACCOUNT, "somebody posted where I live and threatens my family", P1),
        (Category.ACCOUNT, "my account was hacked and my skins are gone", P3),
        (Category.SEXUAL_PRESSURE, "he wants me to go live on camera for his friends", P0),
        (Category.BULLYING, "he streams it on live to laugh at me", P2),
        (Category.UNWANTED_SEXUAL, "an old man sent me a picture of his thing", P1),
        (Category.UNWANTED_SEXUAL, "a boy from my class sent me something disgusting", P2),
        (Category.BULLYING, "they said they will beat me up at the bus stop", P1),
        (Category.BULLYING, "they laugh at me so much i started cutting myself", P1),
        (Category.BULLYING, "they laugh at my clothes in the group chat", P2),
        (Category.UNWANTED_SEXUAL, "he does it to other girls as well every day", P1),
        (Category.SEXUAL_EXTORTION, "he wants money and i cant take it, my life is over", P0),
        (Category.SEXUAL_EXTORTION, "i have 24 hours to send the money", P0),
        (Category.SEXUAL_EXTORTION, "he says he will show it to everyone", P1),
        (Category.UNWANTED_SEXUAL, "he has pictures of me from before", P1),
        (Category.UNWANTED_SEXUAL, "my coach wrote it to me last week", P1),
        (Category.GROOMING, "he is my uncle and he keeps asking", P0),
        (Category.SEXUAL_PRESSURE, "he asks for pics and i cannot tell my mum or my teacher", P1),
        (Category.SEXUAL_PRESSURE, "i sent him a pic and now he wants more", P0),
        (Category.SEXUAL_EXTORTION, "he has my nudes and i dont know what to do", P1),
        (Category.GROOMING, "he is following me on every app i have", P1),
        (Category.GROOMING, "i am in my room and he keeps writing", P1),
        (Category.GROOMING, "he does not know where i live but threatens me", P1),
        (Category.BULLYING, "they kick me from the server and killed me in the game", P2),
        (Category.ACCOUNT, "all the items in my account went missing", P3),
        (Category.HATE_EXTREMISM, "they attack me with words in every thread", P2),
        (Category.BULLYING, "they mock me because i am autistic and slow", P1),
    ],
)  # fmt: skip
def test_own_words_raise_where_they_are_plain_and_only_there(
    category: Category, words: str, expected: Priority
) -> None:
    assert priority(category, words) is expected


@pytest.mark.parametrize(
    "words",
    [
        "I todayish like the scarebomber skin",
        "the bridgeman painting was nice to look at",
        "gunnar and ropemaker are my friends here",
    ],
)
def test_a_word_inside_another_word_is_not_that_word(words: str) -> None:
    assert priority(Category.SELF_HARM, words) is P1
    assert priority(Category.HATE_EXTREMISM, words) is P2


@pytest.mark.parametrize(
    "words",
    [
        "ToNiGhT",
        "tonight!!!",
        "...tonight...",
        "to\u00adnight",
        "\uff54\uff4f\uff4e\uff49\uff47\uff48\uff54",
        "tonight\nbye",
    ],
)
def test_words_are_found_however_they_are_dressed(words: str) -> None:
    assert priority(Category.MEETING, f"he comes {words}") is P0


@pytest.mark.parametrize("sign", ["'", "\u2019", "\u2018", "\u02bc", "`", "\u00b4", ""])
def test_every_apostrophe_is_the_same(sign: str) -> None:
    assert priority(Category.OTHER, f"I can only say i don{sign}t want to live like that") is P1


def test_what_is_written_about_the_person_counts_too() -> None:
    told = Answers(category=Category.MEETING, own_words=LONG, about="the man who comes tonight")
    assert decide(told).priority is P0


# Reasons.


def test_the_floor_is_the_first_reason_and_names_the_kind_for_a_specialist() -> None:
    first = decide(Answers(category=Category.GROOMING, own_words=LONG)).reasons[0]
    assert first.code == "category_grooming"
    assert first.text == "Online grooming, solicitation: starts at P1."


def test_every_rule_that_fits_is_given_as_a_reason() -> None:
    told = Answers(category=Category.MEETING, own_words="tonight", danger=YesNo.YES, runs_place=YesNo.YES)
    assert codes(told) == ["category_meeting", "danger_yes", "about_who_runs_place", "meeting_soon"]


@given(st.text(max_size=300))
def test_no_reason_repeats_what_was_written(words: str) -> None:
    known = {rule.text for rule in RULES.rules} | {
        f"{info.professional}: starts at {info.floor.name}." for info in CATEGORIES
    }
    told = Answers(category=Category.SELF_HARM, own_words=f"{words} tonight pills", about=words)
    assert {reason.text for reason in decide(told).reasons} <= known


def test_reasons_are_facts_without_adjectives_of_judgement() -> None:
    for rule in RULES.rules:
        assert rule.text.endswith(".")
        assert not any(
            word in rule.text.lower()
            for word in ("serious", "terrible", "shocking", "very", "suspect", "victim")
        )


def test_what_could_not_be_read_is_p1_and_says_so() -> None:
    found = decide()
    assert (found.priority, found.reasons[0].code) == (P1, "unreadable")


# Nothing lowers.

WORDS = st.lists(
    st.sampled_from(
        [
            *("tonight", "pills", "gun", "knife", "bomb", "adult", "threat", "money", "school", "met"),
            *("want to die", "on his way", "knows where i live", "ran away", "is my coach", "24 hours"),
        ]
    ),
    max_size=8,
).map(" ".join)  # fmt: skip
ANSWERS = st.builds(
    Answers,
    danger=st.sampled_from([None, *YesNo]),
    category=st.sampled_from(Category),
    runs_place=st.sampled_from([None, *YesNo]),
    own_words=WORDS | st.text(max_size=40),
    about=WORDS,
    who=st.sampled_from([None, *Who]),
    age=st.sampled_from([None, *AgeBand]),
)
FACTS = st.builds(
    TriageFacts,
    told=st.lists(ANSWERS, max_size=3).map(tuple),
    role=st.sampled_from(ReporterRole),
    subject_is_staff=st.booleans(),
    other_reports=st.integers(0, 3),
    already=st.sampled_from([None, *Priority]),
)


def of(facts: TriageFacts) -> Priority:
    return triage(facts, RULES, CATEGORIES).priority


@given(FACTS, ANSWERS)
def test_telling_more_never_lowers(facts: TriageFacts, more: Answers) -> None:
    assert of(replace(facts, told=(*facts.told, more))) <= of(facts) or not facts.told


@given(FACTS)
def test_no_fact_about_the_subject_lowers(facts: TriageFacts) -> None:
    plain = replace(facts, subject_is_staff=False, other_reports=0)
    assert of(replace(plain, subject_is_staff=True)) <= of(plain)
    assert of(replace(plain, other_reports=1)) <= of(plain)
    assert of(replace(plain, other_reports=2)) <= of(replace(plain, other_reports=1))


@given(FACTS, st.sampled_from(Priority))
def test_it_is_never_less_urgent_than_it_already_was(facts: TriageFacts, already: Priority) -> None:
    found = triage(replace(facts, already=already), RULES, CATEGORIES)
    assert found.priority <= already
    assert found.priority <= of(replace(facts, already=None))


@given(FACTS, ANSWERS)
def test_it_is_never_less_urgent_than_the_floor_of_anything_told(facts: TriageFacts, told: Answers) -> None:
    found = of(replace(facts, told=(*facts.told, told)))
    assert found <= CATEGORIES[told.category].floor


@given(ANSWERS, st.sampled_from(["danger", "runs_place", "age"]))
def test_leaving_a_question_open_is_never_more_urgent_than_the_answer_that_raises(
    told: Answers, question: str
) -> None:
    raising: dict[str, Any] = {"danger": YesNo.YES, "runs_place": YesNo.YES, "age": AgeBand.UNDER_10}
    unanswered = replace(told, **{question: None})
    answered = replace(told, **{question: raising[question]})
    assert of(TriageFacts(told=(answered,))) <= of(TriageFacts(told=(unanswered,)))


@given(ANSWERS, WORDS)
def test_more_words_never_lower_but_where_only_their_number_counted(told: Answers, more: str) -> None:
    longer = replace(told, own_words=f"{told.own_words} {more}")
    if told.category is not Category.OTHER:
        assert of(TriageFacts(told=(longer,))) <= of(TriageFacts(told=(told,)))
    assert of(TriageFacts(told=(told, longer))) <= of(TriageFacts(told=(told,)))


@given(FACTS, st.randoms())
def test_the_order_in_which_things_are_told_does_not_matter(facts: TriageFacts, random: Any) -> None:
    told = list(facts.told)
    random.shuffle(told)
    assert of(replace(facts, told=tuple(told))) is of(facts)


@given(FACTS)
def test_it_always_ends_in_a_priority_with_a_reason(facts: TriageFacts) -> None:
    found = triage(facts, RULES, CATEGORIES)
    assert found.priority in Priority
    assert found.reasons
    assert len({reason.code for reason in found.reasons}) == len(found.reasons)


def test_a_priority_kept_from_before_gives_its_reason() -> None:
    told = Answers(category=Category.ACCOUNT, own_words=LONG)
    assert codes(told, already=P0)[-1] == "not_lowered"
    assert "not_lowered" not in codes(told, already=P3)


# The road's word.


@given(ANSWERS)
def test_the_road_says_urgent_exactly_where_the_same_rules_say_p0(told: Answers) -> None:
    assert is_urgent(told, RULES, CATEGORIES) == (decide(told).priority is P0)


def test_the_texts_of_three_thousand_signs_are_searched_without_trouble() -> None:
    assert is_urgent(
        Answers(category=Category.MEETING, own_words="ha " * 1000 + "tonight"), RULES, CATEGORIES
    )


@given(st.text(max_size=100))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


# The file.


@pytest.fixture
def text(shipped: Path) -> str:
    return (shipped / "triage.toml").read_text(encoding="utf-8")


def loaded(folder: Path, text: str) -> Rules:
    file = folder / "triage.toml"
    file.write_text(text, encoding="utf-8")
    return Rules.load(file, CATEGORIES)


YES = 'when = { danger = ["yes"] }'
YES_P0 = f'{YES}\nat_least = "P0"'
NOT_SURE_P1 = 'when = { danger = ["not_sure"] }\nat_least = "P1"'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((YES, 'when = { danger = ["maybe"] }'), "Invalid enum value 'maybe'"),
        ((YES, "when = {}"), "danger_yes fits everything"),
        ((YES, 'when = { danger = ["yes"], weather = "rain" }'), "unknown field"),
        ((YES_P0, YES), "danger_yes does nothing"),
        ((YES_P0, f"{YES}\nraise_by = -1"), "never lowers"),
        ((YES_P0, f'{YES}\nat_least = "P1"'), "comes out below P0"),
        ((NOT_SURE_P1, NOT_SURE_P1.replace("P1", "P2")), "comes out below P1"),
        (("under_words = 5", "under_words = 0"), "other without a word comes out below P1"),
        (('code = "danger_not_sure"', 'code = "danger_yes"'), "danger_yes stands here more than once"),
        (('words = ["attempt"]', 'words = ["atempt"]'), "there is no list atempt"),
        (('text = "The child is 12 or younger."', 'text = ""'), "gives no reason"),
        *(
            (('  "today", ', f'  "{phrase}", '), f"'{phrase}' can never be found")
            for phrase in (
                "Today",
                "to*day",
                "to  day",
                "",
                "*",
                "to|",
                "|day",
                "to-day",
                "to_day",
                " today",
            )
        ),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused(
    tmp_path: Path, text: str, change: tuple[str, str], says: str
) -> None:
    assert change[0] in text
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, text.replace(*change))
    assert says in str(caught.value)


def test_all_faults_come_at_once_each_on_its_line(tmp_path: Path, text: str) -> None:
    broken = text.replace('words = ["attempt"]', 'words = ["atempt"]').replace('  "today", ', '  "Today", ')
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, broken)
    lines = [line.split(" = ")[0] for line in broken.split("\n")]
    told = [int(str(fault).split("triage.toml:")[1].split(":")[0]) for fault in caught.value.faults]
    assert [lines[line - 1] for line in told] == ["when", "soon"]


def test_words_in_another_language_are_looked_for_as_well(tmp_path: Path, text: str) -> None:
    rules = loaded(tmp_path, f'{text}\n[words.de]\nsoon = ["heute abend"]\n')
    told = TriageFacts(told=(Answers(category=Category.MEETING, own_words="Er kommt heute Abend"),))
    assert triage(told, rules, CATEGORIES).priority is P0
    assert triage(told, RULES, CATEGORIES).priority is P1


def test_every_word_list_is_used_by_a_rule(text: str) -> None:
    used = {name for rule in RULES.rules for name in rule.when.words}
    lists = {line.split(" = ")[0] for line in text.split("[words.en]")[1].split("\n") if " = [" in line}
    assert lists == used
