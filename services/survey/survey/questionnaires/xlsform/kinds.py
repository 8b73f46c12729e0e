"""What the type of a row means: a question of ours, the begin or end of a group, or why it is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

RowKind = Literal[
    "single",
    "multiple",
    "ranking",
    "text",
    "phone",
    "integer",
    "decimal",
    "range",
    "date",
    "note",
    "acknowledge",
    "begin_group",
    "end_group",
    "begin_repeat",
    "end_repeat",
    "begin_score",
    "end_score",
    "score_row",
    "begin_rank",
    "end_rank",
    "rank_level",
    "calculate",
    "refused",
]
BEGINS: Mapping[str, str] = {
    "begin_group": "end_group",
    "begin_repeat": "end_repeat",
    "begin_score": "end_score",
    "begin_rank": "end_rank",
}
QUESTIONS = frozenset(
    {"single", "multiple", "ranking", "text", "phone", "integer", "decimal", "range", "date", "note", "acknowledge"}
)


@dataclass(frozen=True, slots=True)
class RowType:
    """A row's type, read: `reason` is set where it is refused."""

    kind: RowKind
    list_name: str = ""
    or_other: bool = False
    reason: str = ""

    @property
    def is_supported(self) -> bool:
        """Whether rows of this type can be imported."""
        return not self.reason


_ONE = r"select[ _]one(?:[ _]from)?|select1|add select one prompt using"
_SEVERAL = (
    r"select[ _]multiple(?:[ _]from)?|select[ _]all[ _]that[ _]apply(?:[ _]from)?|add select multiple prompt using"
)
_CHOOSING = re.compile(
    rf"(?:(?P<single>{_ONE})|(?P<multiple>{_SEVERAL})|(?P<ranking>(?:odk:)?rank))\s+(?P<list>.+?)"
    r"(?P<other>\s+or[ _]other|\s+or[ _]specify[ _]other)?",
    re.IGNORECASE,
)
_OTHER_FILE = re.compile(
    r"select[ _](?:one|multiple)[ _](?:from[ _]file|external)\b.*|include|external|.*-external", re.IGNORECASE
)
_REPEATS = re.compile(r"(begin|end)[ _]+(repeat|loop|looped[ _]group|lgroup|kobomatrix)\b.*", re.IGNORECASE)

_SIMPLE: Mapping[str, RowKind] = {
    "text": "text",
    "string": "text",
    "add_text_prompt": "text",
    "email": "text",
    "url": "text",
    "phone_number": "phone",
    "number_of_days_in_last_month": "integer",
    "integer": "integer",
    "int": "integer",
    "add_integer_prompt": "integer",
    "decimal": "decimal",
    "add_decimal_prompt": "decimal",
    "percentage": "decimal",
    "range": "range",
    "date": "date",
    "add_date_prompt": "date",
    "note": "note",
    "add_note_prompt": "note",
    "acknowledge": "acknowledge",
    "trigger": "acknowledge",
    "add_acknowledge_prompt": "acknowledge",
    "begin_group": "begin_group",
    "end_group": "end_group",
    "begin_score": "begin_score",
    "end_score": "end_score",
    "score__row": "score_row",
    "begin_rank": "begin_rank",
    "end_rank": "end_rank",
    "rank__level": "rank_level",
    "calculate": "calculate",
    "add_calculate_prompt": "calculate",
}
_PERSONAL = (
    *("start", "start_time", "end", "end_time", "today", "get_today", "deviceid", "get_device_id", "device_id", "imei"),
    *("subscriberid", "get_subscriber_id", "simserial", "simid", "get_sim_id", "phonenumber", "get_phone_number"),
    *("username", "audit", "uri:deviceid", "uri:username", "uri:phonenumber", "uri:email", "uri:subscriberid"),
    *("uri:simserial", "get_start_time", "get_end_time"),
)
_REASONS: Mapping[str, str] = {
    **dict.fromkeys(_PERSONAL, "PERSONAL_METADATA"),
    **dict.fromkeys(("geopoint", "gps", "location", "geotrace", "geoshape", "start-geopoint", "osm", "map"), "PLACE"),
    **dict.fromkeys(
        ("image", "photo", "audio", "video", "file", "signature", "draw", "annotate", "background-audio"),
        "MEDIA_ANSWER",
    ),
    **dict.fromkeys(("time", "datetime", "date_time", "datetime_prompt"), "TIME_OF_DAY"),
    **dict.fromkeys(("barcode", "qrcode"), "BARCODE"),
    **dict.fromkeys(("hidden", "uuid", "instance", "instanceid"), "HIDDEN_VALUE"),
}


def row_type(text: str) -> RowType:
    """Return what a row's type means, in any of the spellings that forms have used."""
    text = " ".join(text.split())
    if _OTHER_FILE.fullmatch(text):
        return RowType("refused", reason="OTHER_FILE")
    if (repeat := _REPEATS.fullmatch(text)) is not None:
        return RowType("begin_repeat" if repeat[1].lower() == "begin" else "end_repeat")
    if (choosing := _CHOOSING.fullmatch(text)) is not None:
        kind: RowKind = "single" if choosing["single"] else "multiple" if choosing["multiple"] else "ranking"
        return RowType(kind, choosing["list"].strip(), bool(choosing["other"]))
    key = text.lower().replace(" ", "_")
    # `osm c1` and `phone number` go by their first word, or their whole.
    for name in (key, key.split("_")[0] if key.startswith(("osm_", "audit_")) else key):
        if name in _SIMPLE:
            return RowType(_SIMPLE[name])
        if name in _REASONS:
            return RowType("refused", reason=_REASONS[name])
    return RowType("refused", reason="TYPE_UNKNOWN")
