"""Films, sounds, pages and public copies among the renditions, also of what came before; captions among the texts."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

RENDITIONS = """
ALTER TABLE rendition
    ADD COLUMN seconds double precision,
    DROP CONSTRAINT rendition_done_has_file,
    ADD CONSTRAINT rendition_done_has_file CHECK ((state = 'done') = (sha256 IS NOT NULL)),
    ADD CONSTRAINT rendition_measured_both_ways CHECK ((width IS NULL) = (height IS NULL)),
    ADD CONSTRAINT rendition_lasts_some_time CHECK (seconds >= 0);

-- The pages of what is drawn page by page; its rendition `pages` says how far that came.
CREATE TABLE asset_page (
    asset_id uuid NOT NULL CONSTRAINT asset_page_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    number integer NOT NULL,
    sha256 bytea NOT NULL CONSTRAINT asset_page_stored REFERENCES stored_file (sha256),
    width integer NOT NULL,
    height integer NOT NULL,
    CONSTRAINT asset_page_pkey PRIMARY KEY (asset_id, number),
    CONSTRAINT asset_page_counted_from_one CHECK (number >= 1),
    CONSTRAINT asset_page_has_a_size CHECK (width > 0 AND height > 0)
);
CREATE INDEX asset_page_sha256_idx ON asset_page (sha256);
"""

# What people wrote to be read while a film or a sound is played.
CAPTIONS = """
CREATE TABLE caption_track (
    asset_id uuid NOT NULL CONSTRAINT caption_track_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    language text NOT NULL,
    kind text NOT NULL,
    content text NOT NULL,
    cues integer NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    is_automatic boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT caption_track_pkey PRIMARY KEY (asset_id, language, kind),
    CONSTRAINT caption_track_language_code CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT caption_track_kind_known CHECK (kind IN ('captions', 'transcript')),
    CONSTRAINT caption_track_is_webvtt CHECK (content LIKE 'WEBVTT%' AND length(content) <= 1000000),
    CONSTRAINT caption_track_has_cues CHECK (cues > 0),
    CONSTRAINT caption_track_revision_positive CHECK (revision > 0)
);
ALTER TABLE asset_text
    DROP CONSTRAINT asset_text_source_known,
    ADD CONSTRAINT asset_text_source_known CHECK (source IN ('document', 'ocr', 'captions'));
"""

# The timer that takes up what waits enqueues these, a few hundred at a time.
WAITING = """
UPDATE rendition SET state = 'waiting', reason = NULL, changed_at = now()
FROM asset JOIN stored_file USING (sha256)
WHERE asset.id = rendition.asset_id AND media_type LIKE 'video/%'
  AND rendition.state = 'none' AND rendition.reason = 'TYPE_HAS_NO_PICTURE';

INSERT INTO rendition (asset_id, name, state, reason)
SELECT asset.id, made.name,
       CASE WHEN made.name = 'thumb_2048' AND NOT pictured THEN 'none' ELSE 'waiting' END,
       CASE WHEN made.name = 'thumb_2048' AND NOT pictured THEN 'TYPE_HAS_NO_PICTURE' END
FROM asset JOIN stored_file USING (sha256)
CROSS JOIN LATERAL (
    SELECT media_type LIKE 'image/%' OR media_type = 'application/pdf' OR media_type LIKE 'video/%' AS pictured
) AS kind
CROSS JOIN LATERAL unnest(
    ARRAY['thumb_2048']
    || CASE WHEN media_type = 'text/plain' THEN '{}' ELSE ARRAY['public'] END
    || CASE WHEN media_type = 'application/pdf' THEN ARRAY['pages', 'searchable']
            WHEN media_type LIKE 'video/%' THEN ARRAY['poster', 'video_480', 'hls', 'hls_480']
            WHEN media_type LIKE 'audio/%' THEN ARRAY['waveform', 'audio_opus']
            ELSE '{}' END
) AS made (name)
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    """Room for what is made of films, sounds and pages, and all of it waiting to be made."""

    dependencies = [("media_archive", "0009_topics")]

    operations = [RunSQL(RENDITIONS + CAPTIONS + WAITING)]
