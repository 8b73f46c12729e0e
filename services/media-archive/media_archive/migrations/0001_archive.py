"""The archive's first tables: the read model of units and terms, stored files, assets and what is derived from them."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from kit.db import BASE_SQL

# What org has told us. No table refers to these: they may be forgotten and learnt again at any time.
UNITS = """
CREATE TABLE unit (
    id uuid CONSTRAINT unit_pkey PRIMARY KEY,
    number integer NOT NULL CONSTRAINT unit_number_key UNIQUE,
    path text COLLATE "C" NOT NULL,
    parent_id uuid,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    short_name text,
    code text NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    tree_version bigint NOT NULL,
    CONSTRAINT unit_path_labels CHECK (length(path) > 0 AND length(path) % 5 = 0)
);
CREATE INDEX unit_path_idx ON unit (path);
CREATE INDEX unit_code_idx ON unit (code);

CREATE TABLE term (
    vocabulary text NOT NULL,
    code text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    vi text NOT NULL,
    en text NOT NULL,
    position integer NOT NULL,
    CONSTRAINT term_pkey PRIMARY KEY (vocabulary, code, valid_from)
);
"""

FILES = """
CREATE TABLE stored_file (
    sha256 bytea CONSTRAINT stored_file_pkey PRIMARY KEY,
    size bigint NOT NULL,
    media_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stored_file_sha256_length CHECK (length(sha256) = 32),
    CONSTRAINT stored_file_size_positive CHECK (size > 0)
);

-- Objects that are being written while no row speaks of them yet; what stays here for long was abandoned and is swept.
CREATE TABLE file_in_transit (
    id uuid CONSTRAINT file_in_transit_pkey PRIMARY KEY,
    sha256 bytea NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX file_in_transit_begun_idx ON file_in_transit (begun_at);
"""

ASSETS = """
CREATE TABLE asset_kind (
    code text CONSTRAINT asset_kind_pkey PRIMARY KEY,
    vi text NOT NULL,
    en text NOT NULL,
    position integer NOT NULL
);
INSERT INTO asset_kind (position, code, vi, en) VALUES
    (1, 'news', 'Tin', 'News'),
    (2, 'article', 'Bài viết', 'Article'),
    (3, 'photo', 'Ảnh', 'Photo'),
    (4, 'photo_essay', 'Phóng sự ảnh', 'Photo essay'),
    (5, 'video', 'Video', 'Video'),
    (6, 'audio_bulletin', 'Bản tin âm thanh', 'Audio bulletin'),
    (7, 'loudspeaker_script', 'Bài phát thanh', 'Loudspeaker script'),
    (8, 'infographic', 'Đồ họa thông tin', 'Infographic'),
    (9, 'leaflet', 'Tờ rơi', 'Leaflet'),
    (10, 'poster', 'Áp phích, pa nô', 'Poster or panel'),
    (11, 'slides', 'Bài giảng, trình chiếu', 'Lecture slides'),
    (12, 'report', 'Báo cáo', 'Report'),
    (13, 'scanned_document', 'Văn bản quét', 'Scanned document'),
    (14, 'document', 'Văn bản', 'Document');

CREATE TABLE asset (
    id uuid CONSTRAINT asset_pkey PRIMARY KEY,
    unit_id uuid NOT NULL,
    unit_path text COLLATE "C" NOT NULL,
    kind text NOT NULL CONSTRAINT asset_kind_known REFERENCES asset_kind (code),
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT 'vi',
    topics text[] NOT NULL DEFAULT '{}',
    visibility text NOT NULL,
    sha256 bytea NOT NULL CONSTRAINT asset_original_stored REFERENCES stored_file (sha256),
    file_name text NOT NULL,
    source text NOT NULL DEFAULT '',
    is_made_up boolean NOT NULL DEFAULT false,
    created_on date NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT asset_unit_path_labels CHECK (length(unit_path) > 0 AND length(unit_path) % 5 = 0),
    CONSTRAINT asset_title_length CHECK (length(title) BETWEEN 1 AND 300),
    CONSTRAINT asset_description_length CHECK (length(description) <= 10000),
    CONSTRAINT asset_language_code CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT asset_visibility_known CHECK (visibility IN ('public', 'union', 'unit'))
);
CREATE INDEX asset_unit_path_idx ON asset (unit_path, added_at DESC, id DESC);
CREATE INDEX asset_newest_idx ON asset (added_at DESC, id DESC);
CREATE INDEX asset_unit_idx ON asset (unit_id);
CREATE INDEX asset_sha256_idx ON asset (sha256);
"""

DERIVED = """
CREATE TABLE rendition (
    asset_id uuid NOT NULL CONSTRAINT rendition_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    name text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    sha256 bytea CONSTRAINT rendition_stored REFERENCES stored_file (sha256),
    width integer,
    height integer,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rendition_pkey PRIMARY KEY (asset_id, name),
    CONSTRAINT rendition_state_known CHECK (state IN ('none', 'waiting', 'running', 'done', 'failed')),
    CONSTRAINT rendition_done_has_file CHECK ((state = 'done') = (sha256 IS NOT NULL AND width IS NOT NULL AND height IS NOT NULL))
);
CREATE INDEX rendition_unfinished_idx ON rendition (changed_at) WHERE state IN ('waiting', 'running');

CREATE TABLE asset_text (
    asset_id uuid NOT NULL CONSTRAINT asset_text_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    source text NOT NULL,
    state text NOT NULL,
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    text text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT asset_text_pkey PRIMARY KEY (asset_id, source),
    CONSTRAINT asset_text_source_known CHECK (source IN ('document', 'ocr')),
    CONSTRAINT asset_text_state_known CHECK (state IN ('none', 'waiting', 'running', 'done', 'failed')),
    CONSTRAINT asset_text_only_when_done CHECK (state = 'done' OR text = '')
);
CREATE INDEX asset_text_unfinished_idx ON asset_text (changed_at) WHERE state IN ('waiting', 'running');

-- What the search indexes follow. Numbers are given out under a lock: their order is the order of commits.
CREATE TABLE asset_change (
    number bigserial CONSTRAINT asset_change_pkey PRIMARY KEY,
    asset_id uuid NOT NULL
);
"""


class Migration(migrations.Migration):
    """The archive's tables."""

    initial = True
    operations = [RunSQL(BASE_SQL + UNITS + FILES + ASSETS + DERIVED)]
