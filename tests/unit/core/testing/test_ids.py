from core.testing.ids import counting_ids


def test_ids_count_are_as_long_as_real_ones_and_sort() -> None:
    new_id = counting_ids()
    made = [new_id() for _ in range(300)]

    assert made[0] == "0" * 31 + "1"
    assert {len(one) for one in made} == {32}
    assert sorted(made) == made
