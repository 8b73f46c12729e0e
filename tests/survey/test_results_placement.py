"""People who did not say their age, gender or region, or whose category is too rare, are counted where chance puts them."""

from collections import Counter

from survey.results.placement import FrameCell, placed

FRAME = (
    FrameCell("under_25", "female", "southeast", 300),
    FrameCell("under_25", "male", "southeast", 100),
    FrameCell("25_34", "female", "southeast", 100),
    FrameCell("25_34", "male", "southeast", 0),
)
YOUNG_WOMAN = ("under_25", "female", "southeast")
OLDER_MAN = ("25_34", "male", "southeast")
# Both ages and both genders are said by enough people to stay.
OTHERS = [YOUNG_WOMAN] * 20 + [OLDER_MAN] * 20


def place(*said, frame=FRAME, salt=b"wave", minimum_base=10):
    everyone = [*OTHERS, *said]
    places, drawn = placed(everyone, [{"number": n} for n in range(len(everyone))], frame, minimum_base, salt)
    assert places[: len(OTHERS)] == OTHERS
    return places[len(OTHERS) :], drawn


def test_leaves_people_where_they_say_they_are():
    assert place(YOUNG_WOMAN) == ([YOUNG_WOMAN], 0)


def test_places_by_the_frame_among_those_who_agree_with_what_was_said():
    """A woman of unknown age: 300 of the frame's 400 women are under 25."""
    places, drawn = place(*[(None, "female", "southeast")] * 4_000)
    assert drawn == 4_000
    sizes = Counter(places)
    assert set(sizes) == {YOUNG_WOMAN, ("25_34", "female", "southeast")}
    # Four standard deviations of 4,000 draws at 3 in 4.
    assert abs(sizes[YOUNG_WOMAN] - 3_000) < 110


def test_draws_several_segments_together():
    places, _ = place(*[(None, None, "southeast")] * 200)
    assert set(places) == {cell.segment for cell in FRAME if cell.people}


def test_gives_up_a_category_that_too_few_chose():
    places, drawn = place(*[("25_34", "other", "southeast")] * 9)
    assert drawn == 9
    assert set(places) == {("25_34", "female", "southeast")}
    assert place(*[("25_34", "other", "southeast")] * 10) == ([("25_34", "other", "southeast")] * 10, 0)


def test_an_answer_keeps_its_place_when_others_come():
    """Or a second release would move people about, and tell on them."""
    unsaid = (None, None, "southeast")
    few, _ = place(*[unsaid] * 50)
    many, _ = place(*[unsaid] * 80)
    assert many[:50] == few


def test_another_wave_draws_anew():
    unsaid = [(None, None, "southeast")] * 50
    assert place(*unsaid, salt=b"one") != place(*unsaid, salt=b"two")


def test_a_segment_that_nobody_named_has_one_category():
    places, drawn = placed([(None, "male", None)] * 12, [{}] * 12, FRAME, 10, b"wave")
    assert set(places) == {("not_said", "male", "not_said")}
    assert drawn == 0


def test_falls_back_on_the_categories_when_the_frame_has_nobody_like_that():
    places, _ = place(*[(None, "male", "southeast")] * 60, frame=())
    assert set(places) == {("under_25", "male", "southeast"), ("25_34", "male", "southeast")}
