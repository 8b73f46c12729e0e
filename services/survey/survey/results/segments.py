"""The segments' categories with their texts, as the vocabularies had them on the day a wave froze its frame."""

from collections.abc import Mapping
from uuid import UUID

from kit import db
from kit.calendar import VIETNAM
from survey.questionnaires.definition import SEGMENTS, Text

Terms = Mapping[str, Mapping[str, Text]]


async def segment_terms(wave_id: UUID) -> Terms:
    """Return, for each segment, its categories in the vocabulary's order."""
    found = await db.rows(
        """
        SELECT term.vocabulary, term.code, term.vi, term.en FROM term, wave
        WHERE wave.id = $1 AND term.vocabulary = ANY($2)
          AND term.valid @> (wave.frozen_at AT TIME ZONE $3::interval)::date
        ORDER BY term.vocabulary, term.position, term.code
        """,
        wave_id,
        list(SEGMENTS),
        VIETNAM.utcoffset(None),
    )
    terms: dict[str, dict[str, Text]] = {name: {} for name in SEGMENTS}
    for row in found:
        terms[row["vocabulary"]][row["code"]] = Text({"vi": row["vi"], "en": row["en"]})
    return terms
