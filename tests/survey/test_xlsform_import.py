"""A workbook from KoboToolbox becomes a draft, and every row that does not is named with its reason."""

import pytest
from xlsform_books import YES_NO, asked, comes_back, imported, questions_of, reasons, rows, said, workbook

from survey.questionnaires.xlsform.reading import import_workbook
from survey.questionnaires.xlsform.report import REASONS

CHOICES = (
    ("list_name", "name", "label::English (en)", "label::Tiếng Việt (vi)"),
    ("yn", "yes", "Yes", "Có"),
    ("yn", "no", "No", "Không"),
    ("channels", "zalo", "Zalo", "Zalo"),
    ("channels", "board", "Board", "Bảng tin"),
    ("channels", "none", "None", "Không kênh nào"),
    ("agree", 1, "No", "Không"),
    ("agree", 2, "Yes", "Có"),
    ("agree", -99, "Rather not say", "Không nói"),
)
EN, VI = "label::English (en)", "label::Tiếng Việt (vi)"


def both(type: str, name: str, vi: str, en: str, **more):
    return {"type": type, "name": name, EN: en, VI: vi, **more}


async def test_two_languages_a_group_and_its_logic_are_imported():
    result = imported(
        both("select_one yn", "consent", "Đồng ý?", "Do you agree?", required="yes"),
        both("begin_group", "you", "Về anh/chị", "About you", relevant="${consent} = 'yes'"),
        both("integer", "age", "Tuổi?", "Age?", constraint=". >= 15 and . < 100"),
        both("text", "why", "Vì sao?", "Why?", appearance="multiline", relevant="${age} < 18", hint="Ngắn thôi"),
        {"type": "end_group"},
        choices=CHOICES,
        settings=(("form_title", "form_id", "default_language"), ("Phiếu hỏi", "phieu-hoi", "Tiếng Việt (vi)")),
    )
    assert said(result) == []
    assert (result.counts.rows, result.counts.imported, result.code) == (5, 5, "phieu_hoi")
    assert result.definition == {
        "schema": "loa.questionnaire/1",
        "languages": ["vi", "en"],
        "title": {"vi": "Phiếu hỏi", "en": "Phiếu hỏi"},
        "sections": [
            {
                "code": "part",
                "title": {"vi": "Phần 1", "en": "Part 1"},
                "questions": [
                    {
                        "code": "consent",
                        "concept": "consent",
                        "kind": "single",
                        "privacy": "plain",
                        "required": True,
                        "text": {"vi": "Đồng ý?", "en": "Do you agree?"},
                        "choices": [
                            {"code": "yes", "text": {"vi": "Có", "en": "Yes"}},
                            {"code": "no", "text": {"vi": "Không", "en": "No"}},
                        ],
                    }
                ],
            },
            {
                "code": "you",
                "title": {"vi": "Về anh/chị", "en": "About you"},
                "shown_if": {"question": "consent", "is": ["yes"]},
                "questions": [
                    {
                        "code": "age",
                        "concept": "age",
                        "kind": "number",
                        "privacy": "plain",
                        "text": {"vi": "Tuổi?", "en": "Age?"},
                        "minimum": 15,
                        "maximum": 99,
                    },
                    {
                        "code": "why",
                        "concept": "why",
                        "kind": "long_text",
                        "privacy": "free_text",
                        "text": {"vi": "Vì sao?", "en": "Why?"},
                        "hint": {"vi": "Ngắn thôi", "en": "Ngắn thôi"},
                        "shown_if": {"<": [{"answer": "age"}, 18]},
                    },
                ],
            },
        ],
    }
    assert comes_back(result.definition)


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("text", "short_text"),
        ("string", "short_text"),
        ("integer", "number"),
        ("int", "number"),
        ("decimal", "number"),
        ("date", "date"),
        ("note", "note"),
        ("acknowledge", "multiple"),
        ("trigger", "multiple"),
        ("select_one yn", "single"),
        ("Select One yn", "single"),
        ("select one from yn", "single"),
        ("select_multiple yn", "multiple"),
        ("select all that apply from yn", "multiple"),
        ("select_one yn or_other", "single"),
        ("select one from yn or specify other", "single"),
        ("rank yn", "ranking"),
    ],
)
async def test_each_type_becomes_its_kind_in_any_spelling(type, kind):
    result = imported(asked(type, "q"))
    assert (questions_of(result)["q"]["kind"], said(result)) == (kind, [])
    assert comes_back(result.definition)


@pytest.mark.parametrize(
    ("type", "reason"),
    [
        *(
            (each, "PERSONAL_METADATA")
            for each in ("start", "end", "today", "deviceid", "username", "phonenumber", "audit")
        ),
        *((each, "PLACE") for each in ("geopoint", "geotrace", "geoshape", "gps", "start-geopoint", "osm a")),
        *((each, "MEDIA_ANSWER") for each in ("image", "audio", "video", "file", "background-audio")),
        *((each, "TIME_OF_DAY") for each in ("time", "dateTime")),
        *(
            (each, "OTHER_FILE")
            for each in ("select_one_from_file a.csv", "select_one_external yn", "include", "xml-external")
        ),
        ("barcode", "BARCODE"),
        ("hidden", "HIDDEN_VALUE"),
        ("question", "TYPE_UNKNOWN"),
        ("select_one nothing", "CHOICES_MISSING"),
        ("end_group", "END_WITHOUT_BEGIN"),
        ("calculate", "CALCULATION_UNREADABLE"),
    ],
)
async def test_other_types_are_refused_with_sheet_row_and_reason(type, reason):
    result = imported(asked("text", "kept"), asked(type, "refused"))
    (remark,) = [each for each in result.remarks if each.level == "refused"]
    assert (remark.sheet, remark.row, remark.code) == ("survey", 3, reason)
    assert remark.message("vi") != remark.message("en")
    assert (result.counts.imported, result.counts.refused, list(questions_of(result))) == (1, 1, ["kept"])


async def test_the_questions_of_a_repeat_are_asked_once_which_is_said():
    result = imported(
        asked("select_one yn", "has"),
        asked("begin_repeat", "children", relevant="${has} = 'yes'"),
        asked("text", "child"),
        asked("begin_group", "inner"),
        asked("integer", "age"),
        {"type": "end_group"},
        {"type": "end_repeat"},
        asked("text", "after", relevant="${child} = 'An'"),
    )
    yes = {"question": "has", "is": ["yes"]}
    assert [(each["code"], each.get("shown_if")) for each in result.definition["sections"]] == [
        ("part", None),
        ("children", yes),
        ("inner", yes),
        ("part_2", None),
    ]
    assert list(questions_of(result)) == ["has", "child", "age", "after"]
    assert questions_of(result)["after"]["shown_if"] == {"=": [{"answer": "child"}, "An"]}
    assert said(result) == [(3, "REPEAT_ASKED_ONCE")]
    assert reasons(result, "REPEAT_ASKED_ONCE") == [
        "Nothing is asked repeatedly: the questions of the repeat are asked once."
    ]
    assert reasons(result, "REPEAT_ASKED_ONCE", "vi") == [
        "Phiếu không hỏi lặp lại: các câu trong nhóm lặp được hỏi một lần."
    ]
    counts = result.counts
    assert (counts.rows, counts.imported, counts.supported, counts.supported_imported) == (8, 8, 8, 8)
    assert comes_back(result.definition)


@pytest.mark.parametrize(
    ("condition", "function"),
    [
        ("position(..) = 1", "position"),
        ("indexed-repeat(${child}, ${children}, 1) = 'An'", "indexed-repeat"),
        ("selected(indexed-repeat(${child}, ${children}, 1), 'An')", "indexed-repeat"),
        ("count(${children}) > 1", "count"),
        ("sum(${age}) > 18", "sum"),
    ],
)
async def test_what_means_something_only_where_it_is_repeated_is_dropped_and_told(condition, function):
    result = imported(
        asked("begin_repeat", "children"),
        asked("text", "child"),
        asked("integer", "age"),
        asked("text", "school", relevant=f"${{child}} != '' and {condition}"),
        {"type": "end_repeat"},
    )
    assert questions_of(result)["school"]["shown_if"] == {"answered": "child"}
    assert said(result) == [(2, "REPEAT_ASKED_ONCE"), (5, "CONDITION_DROPPED")]
    (reason,) = reasons(result, "CONDITION_DROPPED")
    assert f"“{function}” means something only where questions are repeated" in reason
    assert comes_back(result.definition)


@pytest.mark.parametrize("column", ["repeat_count", "jr:count", "control::jr:count"])
async def test_how_often_a_repeat_was_to_be_asked_is_dropped_and_told(column):
    result = imported(
        asked("integer", "many"),
        asked("begin_repeat", "children", **{column: "${many}"}),
        asked("text", "child"),
        {"type": "end_repeat"},
    )
    assert [each.row for each in result.remarks if each.code == "COLUMN_UNKNOWN"] == []
    assert said(result, "changed") == [(3, "REPEAT_ASKED_ONCE"), (3, "REPEAT_COUNT_DROPPED")]
    assert "“${many}”" in reasons(result, "REPEAT_COUNT_DROPPED")[0]


async def test_the_places_that_a_loop_fills_in_are_taken_out_and_told():
    result = imported(
        asked("begin loop over yn", "each"),
        {"type": "integer", "name": "many_%(name)s", "label": "Bao nhiêu %(label)s?"},
        asked("text", "why", relevant="${many_%(name)s} > 3"),
        {"type": "end loop"},
        asked("text", "after") | {"label": "Được %(label)s điểm"},
    )
    found = questions_of(result)
    assert (list(found), found["many"]["text"]) == (["many", "why", "after"], {"vi": "Bao nhiêu …?"})
    assert found["why"]["shown_if"] == {">": [{"answer": "many"}, 3]}
    # Outside a loop it is a text like any other.
    assert found["after"]["text"] == {"vi": "Được %(label)s điểm"}
    assert [(each.row, each.code, each.column) for each in result.remarks if each.level == "changed"] == [
        (2, "REPEAT_ASKED_ONCE", None),
        (3, "LOOP_PLACE", "name"),
        (3, "LOOP_PLACE", "label"),
    ]
    assert comes_back(result.definition)


async def test_a_group_that_can_not_be_a_question_is_refused_with_everything_in_it():
    result = imported(
        {"type": "begin_score", "name": "score", "label": "S", "kobo--score-choices": "nothing"},
        asked("score__row", "s1"),
        {"type": "end_score"},
        asked("text", "after"),
    )
    assert said(result) == [(2, "CHOICES_MISSING"), (3, "INSIDE_REFUSED"), (4, "INSIDE_REFUSED")]
    assert (result.counts.supported, result.counts.supported_imported) == (4, 1)


async def test_what_becomes_of_a_constraint():
    result = imported(
        asked("integer", "hours", constraint=". > 0 and . <= 112"),
        asked("integer", "age", constraint=". >= 15 and . <= 99", constraint_message="Từ 15 đến 99"),
        asked("text", "short", constraint="string-length(.) <= 40"),
        asked("select_multiple channels", "channels", constraint="not(selected(., 'none') and count-selected(.) > 1)"),
        asked("date", "day", constraint=". <= today() - 7 and . >= date('2020-01-01')"),
        asked("text", "mail", constraint="regex(., '@')", constraint_message="Sai"),
        choices=CHOICES,
    )
    found = questions_of(result)
    assert (found["hours"]["minimum"], found["hours"]["maximum"], "constraint" in found["hours"]) == (1, 112, False)
    # The form's own words are kept, so the bounds stay a constraint.
    assert found["age"]["constraint"]["message"]["vi"] == "Từ 15 đến 99"
    assert found["age"]["constraint"]["expression"] == {
        "and": [{">=": [{"answer": "age"}, 15]}, {"<=": [{"answer": "age"}, 99]}]
    }
    assert found["short"]["maximum_length"] == 40
    assert [each["code"] for each in found["channels"]["choices"] if each.get("exclusive")] == ["none"]
    assert (found["day"]["earliest"], found["day"]["latest"]) == ({"date": "2020-01-01"}, {"today": -7})
    assert "constraint" not in found["day"]
    assert "constraint" not in found["mail"]
    assert said(result) == [(7, "CONSTRAINT_DROPPED")]
    assert comes_back(result.definition)


async def test_a_dropped_condition_is_reported_and_the_rest_of_it_kept():
    result = imported(
        asked("select_one yn", "a"),
        asked("geopoint", "place"),
        asked("text", "b", relevant="${a} = 'yes' and ${place} != ''"),
        asked("text", "c", relevant="pulldata('x', 'y', 'z', ${a}) = '1'"),
        asked("text", "d", relevant="${later} = 'x'"),
        asked("text", "later", relevant="${nobody} = 1 or ${a} = 'maybe'"),
    )
    found = questions_of(result)
    assert found["b"]["shown_if"] == {"question": "a", "is": ["yes"]}
    assert [code for code, each in found.items() if "shown_if" in each] == ["b"]
    assert said(result) == [(3, "PLACE"), *((row, "CONDITION_DROPPED") for row in (4, 5, 6, 7))]
    found = reasons(result, "CONDITION_DROPPED")
    for reason, part in zip(
        found, ("“place” is not imported", "pulldata", "“later” is asked later", "“nobody”"), strict=True
    ):
        assert part in reason


async def test_a_table_of_choices_and_kobos_own_tables_become_a_matrix_and_a_ranking():
    result = imported(
        asked("begin_group", "care", appearance="field-list table-list"),
        asked("select_one agree", "care_heard", required="yes"),
        asked("select_one agree", "care_safe", required="yes"),
        {"type": "end_group"},
        {"type": "begin_score", "name": "score", "label": "S", "kobo--score-choices": "agree"},
        asked("score__row", "s1"),
        asked("score__row", "s2"),
        {"type": "end_score"},
        {"type": "begin_rank", "name": "best", "label": "R", "kobo--rank-items": "channels"},
        asked("rank__level", "first"),
        asked("rank__level", "second"),
        {"type": "end_rank"},
        asked("text", "unsafe", relevant="${care_safe} = 1"),
        choices=CHOICES,
    )
    found = questions_of(result)
    assert said(result) == []
    assert (result.counts.rows, result.counts.imported) == (13, 13)
    assert [each["code"] for each in found["care"]["rows"]] == ["heard", "safe"]
    assert (found["care"]["kind"], found["care"]["required"], found["score"]["kind"]) == ("matrix", True, "matrix")
    assert (found["best"]["kind"], found["best"]["places"]) == ("ranking", 2)
    assert found["unsafe"]["shown_if"] == {"question": "care", "row": "safe", "is": ["1"]}
    assert comes_back(result.definition)


async def test_ranges_are_scales_or_numbers():
    result = imported(
        asked("range", "a", parameters="start=0 end=10 step=1"),
        asked("range", "b", parameters="start=0;end=100;step=5"),
        asked("range", "c", parameters="start=0.5, end=2, step=0.25"),
        asked("range", "d", parameters="start=ten"),
    )
    found = questions_of(result)
    assert [(each["kind"], each["minimum"], each["maximum"], each.get("decimals")) for each in found.values()] == [
        ("scale", 0, 10, None),
        ("number", 0, 100, None),
        ("number", 0, 2, 2),
    ]
    assert said(result) == [(3, "STEP_DROPPED"), (4, "STEP_DROPPED"), (5, "RANGE_UNREADABLE")]


async def test_names_become_codes_and_conditions_still_find_them():
    result = imported(
        asked("select_one yn", "Đồng-Ý?"),
        asked("integer", "1st"),
        asked("text", "Twice"),
        asked("text", "Twice"),
        asked("text", "why", relevant="${Đồng-Ý?} = 'yes' and ${1st} > 3"),
        asked("text", "no", relevant="${Twice} != ''"),
    )
    found = questions_of(result)
    assert list(found) == ["dong_y", "q_1st", "twice", "twice_2", "why", "no"]
    assert found["why"]["shown_if"] == {"and": [{"question": "dong_y", "is": ["yes"]}, {">": [{"answer": "q_1st"}, 3]}]}
    assert said(result) == [(5, "NAME_TWICE"), (7, "CONDITION_DROPPED")]


async def test_texts_are_cleaned_and_completed():
    result = import_workbook(
        workbook(
            rows(
                {"type": "text", "name": "a", EN: "**Who** is <b>${b}</b>?", VI: None},
                {"type": "integer", "name": "b", "hint": "Chỉ một số"},
                {"type": "note", "name": "c", VI: "x" * 4001},
                {"type": "date", "name": "tuổi"},
            )
        )
    )
    found = questions_of(result)
    assert found["a"]["text"] == {"vi": "Who is …?", "en": "Who is …?"}
    assert found["b"]["text"] == {"vi": "Chỉ một số", "en": "Chỉ một số"}
    assert found["tuoi"]["text"]["vi"] == "tuổi"
    assert said(result) == [(2, "REFERENCE_IN_TEXT"), (4, "TEXT_TOO_LONG")]


async def test_a_form_without_vietnamese_says_so_once():
    result = import_workbook(workbook([("type", "name", "label:English"), ("text", "a", "A"), ("text", "b", "B")]))
    assert result.definition["languages"] == ["vi", "en"]
    assert [each.code for each in result.remarks if each.code.startswith("LANGUAGE")] == ["LANGUAGE_FILLED"]
    assert questions_of(result)["a"]["text"] == {"vi": "A", "en": "A"}


async def test_any_further_language_comes_along():
    head = ("type", "name", "label::Tiếng Việt (vi)", "label::Khmer", "label::Hmông", "label::Klingon")
    result = import_workbook(workbook([head, ("text", "a", "Tên", "ឈ្មោះ", "Npe", "pong")]))
    assert result.definition["languages"] == ["vi", "km", "hmn", "qaa"]
    assert questions_of(result)["a"]["text"]["km"] == "ឈ្មោះ"
    assert comes_back(result.definition)


async def test_the_forms_own_words_in_a_further_language_come_along():
    result = import_workbook(
        workbook(
            [("type", "name", "label::Tiếng Việt (vi)", "label::Khmer (km)"), ("text", "a", "Tên", "ឈ្មោះ")],
            loa_words=[
                ("language", "vietnamese", "text"),
                ("km", None, "ភាសាខ្មែរ"),
                ("km", "Gửi câu trả lời", "ផ្ញើ"),
                ("fr", "Gửi câu trả lời", "Envoyer"),
            ],
        )
    )
    assert result.definition["further_languages"] == {"km": {"name": "ភាសាខ្មែរ", "words": {"Gửi câu trả lời": "ផ្ញើ"}}}
    assert comes_back(result.definition)


async def test_what_has_no_meaning_here_is_said_row_by_row():
    result = imported(
        asked("select_one yn", "a", choice_filter="x=${b}", default="yes", required="${b} = 1", image="a.png"),
        asked("text", "b", calculation="1+1", read_only="yes"),
    )
    assert said(result) == [
        (2, "REQUIRED_DROPPED"),
        (2, "MEDIA_DROPPED"),
        (2, "FILTER_DROPPED"),
        (2, "DEFAULT_DROPPED"),
        (3, "READ_ONLY"),
        (3, "CALCULATION_DROPPED"),
    ]


async def test_a_group_shared_by_several_sections_keeps_its_condition():
    result = imported(
        asked("select_one yn", "a"),
        asked("begin_group", "outer", relevant="${a} = 'yes'"),
        asked("text", "b"),
        asked("begin_group", "inner", relevant="${b} != ''"),
        asked("text", "c"),
        {"type": "end_group"},
        asked("text", "d"),
        {"type": "end_group"},
        asked("text", "e"),
    )
    yes, answered = {"question": "a", "is": ["yes"]}, {"answered": "b"}
    assert [(each["code"], each.get("shown_if"), len(each["questions"])) for each in result.definition["sections"]] == [
        ("part", None, 1),
        ("outer", yes, 1),
        ("inner", {"and": [yes, answered]}, 1),
        ("outer_2", yes, 1),
        ("part_2", None, 1),
    ]
    assert comes_back(result.definition)


async def test_calculations_are_put_into_the_conditions_that_use_them():
    result = imported(
        asked("date", "born"),
        asked("select_one yn", "works"),
        {"type": "calculate", "name": "age", "calculation": "int((today() - ${born}) div 365.25)"},
        {"type": "calculate", "name": "group", "calculation": "if(${works} = 'yes', 'w', 'n')"},
        asked("text", "a", relevant="${age} >= 18"),
        asked("text", "b", relevant="${group} = 'w'"),
    )
    found = questions_of(result)
    assert found["a"]["shown_if"] == {"<=": [{"answer": "born"}, {"today": 0, "years": -18}]}
    assert found["b"]["shown_if"] == {"question": "works", "is": ["yes"]}
    assert said(result) == [(4, "CALCULATION"), (5, "CALCULATION")]
    assert comes_back(result.definition)


async def test_choices_may_be_named_by_numbers_days_and_anything_else():
    choices = (
        *YES_NO[:1],
        ("l", 1.0, "Một"),
        ("l", -99, "Không nói"),
        ("l", "Khác nữa!", "K"),
        ("l", "是", "S"),
        ("l", True, "T"),
    )
    result = imported(asked("select_one l", "a"), asked("text", "b", relevant="${a} > 0"), choices=choices)
    assert [each["code"] for each in questions_of(result)["a"]["choices"]] == [
        "1",
        "minus_99",
        "khac_nua",
        "choice_4",
        "true",
    ]
    assert questions_of(result)["b"]["shown_if"] == {"question": "a", "is": ["1"]}


async def test_every_reason_is_told_in_both_languages():
    assert all(vi and en and vi != en for _, vi, en in REASONS.values())
