"""People who did not say their age, gender or region, or whose category is too rare, are counted where chance puts them."""

from collections import Counter

from results_counting import AXES, FEMALE, GROUPS, MALE, OLDER, TARGET, YOUNG

from survey.results.placement import Axes, Group, Placement, kept_axes

ORDER = {
    "age_band": ("under_25", "25_34"),
    "gender": ("female", "male", "other"),
    "region": ("southeast", "mekong_delta"),
}
# Both ages and both genders are said by enough people to stay.
SAID = [(("under_25", "female", None), 20), (("25_34", "male", None), 20)]


class Placed:
    """Answers placed one after another."""

    def __init__(self, axes=AXES, groups=GROUPS, salt=b"wave") -> None:
        self.placement = Placement(axes, groups, TARGET, salt)

    def __call__(self, group, *said, values="{}"):
        """Return where an answer is counted: the path and region of its piece, its age band and its gender."""
        piece, age, gender = self.placement.place(group, said, values)
        return (*self.placement.pieces[piece], age, gender)


def test_leaves_people_where_they_say_they_are_and_their_group_lies():
    place = Placed()
    assert place(0, "under_25", "female", "mekong_delta") == (GROUPS[0].path, "southeast", YOUNG, FEMALE)
    assert place(1, "25_34", "male", None) == (GROUPS[1].path, "mekong_delta", OLDER, MALE)
    assert (place.placement.drawn, place.placement.has_ungrouped) == (0, False)


def test_whoever_has_no_group_is_counted_in_the_region_that_they_say():
    place = Placed()
    assert place(None, "25_34", "male", "mekong_delta") == (TARGET, "mekong_delta", OLDER, MALE)
    assert (place.placement.drawn, place.placement.has_ungrouped) == (0, True)


def test_places_by_the_frame_among_those_who_agree_with_what_was_said():
    """A woman of unknown age: 300 of the group's 400 women are under 25."""
    place = Placed()
    sizes = Counter(place(0, None, "female", None, values=str(number)) for number in range(4_000))
    assert place.placement.drawn == 4_000
    assert set(sizes) == {(GROUPS[0].path, "southeast", age, FEMALE) for age in (YOUNG, OLDER)}
    # Four standard deviations of 4,000 draws at 3 in 4.
    assert abs(sizes[GROUPS[0].path, "southeast", YOUNG, FEMALE] - 3_000) < 110


def test_draws_several_segments_together_among_people_that_there_are():
    place = Placed()
    seen = {place(0, None, None, None, values=str(number))[2:] for number in range(200)}
    assert seen == {(YOUNG, FEMALE), (YOUNG, MALE), (OLDER, FEMALE)}


def test_draws_a_region_from_the_whole_frame_for_whoever_has_no_group():
    place = Placed()
    seen = Counter(place(None, "under_25", "female", None, values=str(number))[:2] for number in range(1_000))
    assert set(seen) == {(TARGET, "southeast"), (TARGET, "mekong_delta")}
    # Four standard deviations at 1 in 2.
    assert abs(seen[TARGET, "southeast"] - 500) < 64


def test_equal_answers_are_not_all_drawn_alike():
    place = Placed()
    assert len({place(0, None, None, None) for _ in range(50)}) == 3


def test_an_answer_keeps_its_place_when_others_come():
    """Or a second release would move people about, and tell on them."""
    few, many = Placed(), Placed()
    unsaid = [str(number) for number in range(80)]
    first = {values: few(0, None, None, None, values=values) for values in unsaid[:50]}
    second = {values: many(0, None, None, None, values=values) for values in reversed(unsaid)}
    assert {values: second[values] for values in unsaid[:50]} == first


def test_another_wave_draws_anew():
    one, two = Placed(salt=b"one"), Placed(salt=b"two")
    unsaid = [str(number) for number in range(50)]
    assert [one(0, None, None, None, values=each) for each in unsaid] != [
        two(0, None, None, None, values=each) for each in unsaid
    ]


def test_falls_back_on_the_categories_when_the_frame_has_nobody_like_that():
    place = Placed(groups=(Group(GROUPS[0].path, "southeast", {}),))
    seen = {place(0, None, "male", None, values=str(number)) for number in range(60)}
    assert seen == {(GROUPS[0].path, "southeast", age, MALE) for age in (YOUNG, OLDER)}


def test_keeps_the_categories_that_enough_people_name_in_the_vocabularys_order():
    assert kept_axes(SAID, ORDER, 10, GROUPS) == AXES


def test_gives_up_a_category_that_fewer_than_the_minimum_name():
    nine, ten = (("25_34", "other", None), 9), (("25_34", "other", None), 10)
    assert kept_axes([*SAID, nine], ORDER, 10, GROUPS).gender == ("female", "male")
    assert kept_axes([*SAID, ten], ORDER, 10, GROUPS).gender == ("female", "male", "other")


def test_gives_up_a_category_that_fewer_than_one_in_a_hundred_name():
    many = [(segment, 100 * number) for segment, number in SAID]
    assert kept_axes([*many, (("25_34", "other", None), 40)], ORDER, 10, GROUPS).gender == ("female", "male")
    assert kept_axes([*many, (("25_34", "other", None), 41)], ORDER, 10, GROUPS).gender == ("female", "male", "other")


def test_whoever_names_a_category_that_was_given_up_is_drawn():
    place = Placed()
    assert place(0, "25_34", "other", None) == (GROUPS[0].path, "southeast", OLDER, FEMALE)
    assert place.placement.drawn == 1


def test_a_segment_that_nobody_named_has_one_category():
    axes = kept_axes([((None, "male", None), 12)], ORDER, 10, ())
    assert axes == Axes(("not_said",), ("male",), ("not_said",))
    place = Placed(axes, groups=(Group(GROUPS[0].path, None, {("under_25", "male"): 20}),))
    assert place(0, None, "male", None) == (GROUPS[0].path, "not_said", 0, 0)
    assert place.placement.drawn == 0
