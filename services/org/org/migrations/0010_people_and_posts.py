"""People and posts that remember: departments with former names, seats, terms, collaborators, training, and forgetting."""

from tortoise import migrations
from tortoise.migrations import operations

PERSONS = """
-- The unit that keeps the record answers for people who serve nowhere (yet, or no longer).
ALTER TABLE person
  ALTER display_name DROP NOT NULL,
  ADD unit_id uuid CONSTRAINT person_unit_known REFERENCES unit,
  ADD email text,
  ADD phone text,
  ADD recorded_on date NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
  ADD erased_on date,
  ADD name_folded text GENERATED ALWAYS AS (search_words(display_name)) STORED,
  ADD CONSTRAINT person_name_bounded CHECK (length(display_name) <= 150),
  ADD CONSTRAINT person_subject_bounded CHECK (length(subject) <= 200),
  ADD CONSTRAINT person_email_is_one CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 200),
  ADD CONSTRAINT person_phone_is_one CHECK (phone ~ '^[+]?[0-9][0-9 .-]{4,28}$'),
  ADD CONSTRAINT person_named_or_erased CHECK ((display_name IS NULL) = (erased_on IS NOT NULL)),
  ADD CONSTRAINT person_erased_holds_nothing CHECK (
    erased_on IS NULL OR (subject IS NULL AND email IS NULL AND phone IS NULL AND sort_key = ''));
CREATE INDEX person_by_unit ON person (unit_id);

CREATE FUNCTION person_stays_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was erased stays erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'person_stays_erased';
END $$;
CREATE TRIGGER person_stays_erased BEFORE UPDATE ON person FOR EACH ROW
  WHEN (OLD.erased_on IS NOT NULL) EXECUTE FUNCTION person_stays_erased();

-- Nothing new is written about somebody who was erased.
CREATE FUNCTION person_not_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM person WHERE id = NEW.person_id AND erased_on IS NOT NULL) THEN
    RAISE EXCEPTION 'this person was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'person_not_erased';
  END IF;
  RETURN NULL;
END $$;
"""

DEPARTMENTS = """
-- What is dated about a department; it exists on the days of its versions.
CREATE TABLE department_version (
  id uuid CONSTRAINT department_version_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  department_id uuid NOT NULL,
  unit_id uuid NOT NULL,
  kind text,
  name_vi text NOT NULL,
  name_en text,
  sort_key text COLLATE "C" NOT NULL,
  decision_number text,
  valid daterange NOT NULL,
  CONSTRAINT department_version_of_a_department FOREIGN KEY (department_id, unit_id) REFERENCES department (id, unit_id),
  CONSTRAINT department_version_has_a_name CHECK (name_vi <> '' AND name_en <> ''),
  CONSTRAINT department_version_names_bounded CHECK (length(name_vi) <= 250 AND length(name_en) <= 250),
  CONSTRAINT department_version_decision_bounded CHECK (length(decision_number) BETWEEN 1 AND 100),
  CONSTRAINT department_version_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT department_version_no_overlap EXCLUDE USING gist (department_id WITH =, valid WITH &&),
  CONSTRAINT department_version_name_once_a_day EXCLUDE USING gist (unit_id WITH =, lower(name_vi) WITH =, valid WITH &&)
);
INSERT INTO department_version (department_id, unit_id, kind, name_vi, name_en, sort_key, valid)
SELECT id, unit_id, kind, name_vi, name_en, sort_key, valid FROM department;
ALTER TABLE department DROP kind, DROP name_vi, DROP name_en, DROP sort_key, DROP valid;
"""

POSTS = """
-- How many seats a post of a unit, or of one of its departments, has on the days in `valid`.
CREATE TABLE post (
  id uuid CONSTRAINT post_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id uuid NOT NULL CONSTRAINT post_unit_known REFERENCES unit,
  department_id uuid,
  code text NOT NULL,
  seats integer NOT NULL,
  decision_number text,
  valid daterange NOT NULL,
  CONSTRAINT post_department_of_the_unit FOREIGN KEY (department_id, unit_id) REFERENCES department (id, unit_id),
  CONSTRAINT post_has_seats CHECK (seats BETWEEN 1 AND 1000),
  CONSTRAINT post_decision_bounded CHECK (length(decision_number) BETWEEN 1 AND 100),
  CONSTRAINT post_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT post_no_overlap EXCLUDE USING gist (
    unit_id WITH =, coalesce(department_id, '00000000-0000-0000-0000-000000000000') WITH =, code WITH =, valid WITH &&)
);
CREATE INDEX post_by_unit ON post (unit_id);

-- `term_until` is the day before which the term was to end; `valid` ends before it when somebody left early.
ALTER TABLE appointment
  ADD term_until date,
  ADD decision_number text,
  ADD end_reason text,
  DROP CONSTRAINT appointment_no_overlap,
  ADD CONSTRAINT appointment_no_overlap EXCLUDE USING gist (
    person_id WITH =, unit_id WITH =, coalesce(department_id, '00000000-0000-0000-0000-000000000000') WITH =,
    post WITH =, valid WITH &&),
  ADD CONSTRAINT appointment_decision_bounded CHECK (length(decision_number) BETWEEN 1 AND 100),
  ADD CONSTRAINT appointment_end_has_a_day CHECK (end_reason IS NULL OR upper(valid) IS NOT NULL),
  ADD CONSTRAINT appointment_ends_within_its_term CHECK (term_until IS NULL OR coalesce(upper(valid) <= term_until, false));
UPDATE appointment SET term_until = upper(valid);
CREATE INDEX appointment_by_person ON appointment (person_id);
CREATE INDEX appointment_by_end ON appointment (upper(valid));
CREATE TRIGGER appointment_person_not_erased AFTER INSERT ON appointment
  FOR EACH ROW EXECUTE FUNCTION person_not_erased();

-- On no day more holders than seats, where seats are set: first and last days in their order, counted up and down.
CREATE FUNCTION post_is_overfull(asked_unit uuid, asked_department uuid, asked_code text, days daterange) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM post CROSS JOIN LATERAL (
      SELECT sum(sum(step)) OVER (ORDER BY day) AS holders FROM appointment AS held
      CROSS JOIN LATERAL (VALUES (coalesce(lower(held.valid * post.valid), '-infinity'), 1),
                                 (coalesce(upper(held.valid * post.valid), 'infinity'), -1)) AS turn (day, step)
      WHERE held.unit_id = post.unit_id AND held.post = post.code
        AND held.department_id IS NOT DISTINCT FROM post.department_id AND held.valid && post.valid
      GROUP BY day) AS counted
    WHERE post.unit_id = asked_unit AND post.code = asked_code AND post.department_id IS NOT DISTINCT FROM asked_department
      AND post.valid && days AND counted.holders > post.seats)
$$;

-- Row locks, not advisory ones: a reorganisation writes thousands of appointments in one transaction.
CREATE FUNCTION appointment_within_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Whoever sets seats for the first time locks the unit; whoever takes a seat locks the seats. The later sees the earlier.
  PERFORM FROM unit WHERE id = NEW.unit_id FOR KEY SHARE;
  PERFORM FROM post WHERE unit_id = NEW.unit_id AND code = NEW.post AND department_id IS NOT DISTINCT FROM NEW.department_id
    AND valid && NEW.valid ORDER BY id FOR UPDATE;
  IF FOUND AND post_is_overfull(NEW.unit_id, NEW.department_id, NEW.post, NEW.valid) THEN
    RAISE EXCEPTION 'more holders than seats' USING ERRCODE = 'check_violation', CONSTRAINT = 'post_within_seats';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appointment_within_seats AFTER INSERT ON appointment
  FOR EACH ROW EXECUTE FUNCTION appointment_within_seats();
-- A term that becomes shorter takes no seat.
CREATE TRIGGER appointment_still_within_seats AFTER UPDATE ON appointment FOR EACH ROW
  WHEN (NOT NEW.valid <@ OLD.valid OR (NEW.unit_id, NEW.post) <> (OLD.unit_id, OLD.post)
        OR NEW.department_id IS DISTINCT FROM OLD.department_id)
  EXECUTE FUNCTION appointment_within_seats();

CREATE FUNCTION post_within_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM unit WHERE id = NEW.unit_id FOR UPDATE;
  IF post_is_overfull(NEW.unit_id, NEW.department_id, NEW.code, NEW.valid) THEN
    RAISE EXCEPTION 'more holders than seats' USING ERRCODE = 'check_violation', CONSTRAINT = 'post_within_seats';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER post_within_seats AFTER INSERT ON post FOR EACH ROW EXECUTE FUNCTION post_within_seats();
CREATE TRIGGER post_still_within_seats AFTER UPDATE ON post FOR EACH ROW
  WHEN (NOT NEW.valid <@ OLD.valid OR NEW.seats < OLD.seats OR (NEW.unit_id, NEW.code) <> (OLD.unit_id, OLD.code)
        OR NEW.department_id IS DISTINCT FROM OLD.department_id)
  EXECUTE FUNCTION post_within_seats();

-- A post of a department, and its holder, are there only while the department is.
CREATE FUNCTION department_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.department_id IS NOT NULL AND NOT coalesce(NEW.valid <@ (
    SELECT range_agg(valid) FROM department_version WHERE department_id = NEW.department_id), false)
  THEN
    RAISE EXCEPTION 'the department does not exist on all of these days'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'department_there';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER post_department_there AFTER INSERT OR UPDATE ON post
  FOR EACH ROW EXECUTE FUNCTION department_there();
CREATE TRIGGER appointment_department_there AFTER INSERT OR UPDATE OF valid, department_id ON appointment
  FOR EACH ROW EXECUTE FUNCTION department_there();

CREATE FUNCTION department_keeps_its_posts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  days datemultirange := (SELECT range_agg(valid) FROM department_version WHERE department_id = OLD.department_id);
BEGIN
  IF EXISTS (SELECT FROM post WHERE department_id = OLD.department_id AND NOT coalesce(valid <@ days, false))
    OR EXISTS (SELECT FROM appointment WHERE department_id = OLD.department_id AND NOT coalesce(valid <@ days, false))
  THEN
    RAISE EXCEPTION 'the department has posts on other days'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'department_keeps_its_posts';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER department_keeps_its_posts AFTER UPDATE OR DELETE ON department_version
  FOR EACH ROW EXECUTE FUNCTION department_keeps_its_posts();
"""

COLLABORATORS = """
-- The network: people outside the staff who write for the press, or tell what workers think, on the days in `valid`.
CREATE TABLE collaborator (
  id uuid CONSTRAINT collaborator_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  person_id uuid NOT NULL CONSTRAINT collaborator_person_known REFERENCES person,
  unit_id uuid NOT NULL CONSTRAINT collaborator_unit_known REFERENCES unit,
  kind text NOT NULL,
  decision_number text,
  valid daterange NOT NULL,
  CONSTRAINT collaborator_decision_bounded CHECK (length(decision_number) BETWEEN 1 AND 100),
  CONSTRAINT collaborator_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT collaborator_no_overlap EXCLUDE USING gist (person_id WITH =, unit_id WITH =, kind WITH =, valid WITH &&)
);
CREATE INDEX collaborator_by_unit ON collaborator (unit_id);
CREATE INDEX collaborator_by_person ON collaborator (person_id);
CREATE TRIGGER collaborator_person_not_erased AFTER INSERT ON collaborator
  FOR EACH ROW EXECUTE FUNCTION person_not_erased();
"""

TRAINING = """
CREATE TABLE training_class (
  id uuid CONSTRAINT training_class_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id uuid NOT NULL CONSTRAINT training_class_unit_known REFERENCES unit,
  name text NOT NULL,
  topic text NOT NULL,
  held daterange NOT NULL,
  CONSTRAINT training_class_has_a_name CHECK (length(name) BETWEEN 1 AND 250),
  CONSTRAINT training_class_held_on_days CHECK (
    NOT isempty(held) AND lower(held) IS NOT NULL AND upper(held) IS NOT NULL),
  CONSTRAINT training_class_once EXCLUDE USING gist (unit_id WITH =, lower(name) WITH =, held WITH &&)
);

CREATE TABLE training_attendance (
  id uuid CONSTRAINT training_attendance_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  class_id uuid NOT NULL CONSTRAINT training_attendance_class_known REFERENCES training_class,
  person_id uuid NOT NULL CONSTRAINT training_attendance_person_known REFERENCES person,
  CONSTRAINT training_attendance_once UNIQUE (class_id, person_id)
);
CREATE INDEX training_attendance_by_person ON training_attendance (person_id);
CREATE TRIGGER training_attendance_person_not_erased AFTER INSERT ON training_attendance
  FOR EACH ROW EXECUTE FUNCTION person_not_erased();

-- `valid` begins on the day of issue; without an end it does not expire.
CREATE TABLE certificate (
  id uuid CONSTRAINT certificate_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  person_id uuid NOT NULL CONSTRAINT certificate_person_known REFERENCES person,
  kind text NOT NULL,
  issuer text NOT NULL,
  valid daterange NOT NULL,
  CONSTRAINT certificate_has_an_issuer CHECK (length(issuer) BETWEEN 1 AND 200),
  CONSTRAINT certificate_valid_from_a_day CHECK (NOT isempty(valid) AND lower(valid) IS NOT NULL),
  CONSTRAINT certificate_once EXCLUDE USING gist (person_id WITH =, kind WITH =, lower(issuer) WITH =, valid WITH &&)
);
CREATE TRIGGER certificate_person_not_erased AFTER INSERT ON certificate
  FOR EACH ROW EXECUTE FUNCTION person_not_erased();
"""

ANSWERING = """
-- Which units answer for whom from a day on: those that a person serves then or later; else the one that keeps the record.
CREATE FUNCTION units_answering(day date) RETURNS TABLE (person_id uuid, unit_id uuid) LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT person_id, unit_id FROM appointment WHERE valid && daterange(day, NULL)
  UNION SELECT person_id, unit_id FROM collaborator WHERE valid && daterange(day, NULL)
  UNION SELECT person.id, person.unit_id FROM person
    WHERE person.unit_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM appointment AS a WHERE a.person_id = person.id AND a.valid && daterange(day, NULL))
      AND NOT EXISTS (SELECT FROM collaborator AS c WHERE c.person_id = person.id AND c.valid && daterange(day, NULL))
$$;
"""

FORGETTING = """
-- The audit trail stays append-only but for one thing: the account of somebody who was erased becomes an alias.
DO $$ BEGIN EXECUTE format('GRANT UPDATE (subject) ON audit TO %I', current_user); END $$;
CREATE FUNCTION audit_only_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM person WHERE 'erased:' || id = NEW.subject AND erased_on IS NOT NULL)
    OR to_jsonb(NEW) - 'subject' IS DISTINCT FROM to_jsonb(OLD) - 'subject'
  THEN
    RAISE EXCEPTION 'the audit trail can only forget who was erased'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_only_forgets';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_only_forgets BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_forgets();

-- Put an alias wherever an account is named. A text column that names an account is called `subject` or `…_by`, in
-- whatever table; events name accounts as `subject`.
CREATE FUNCTION forget_account(account text, alias text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  place record;
BEGIN
  FOR place IN
    SELECT class.relname, attribute.attname FROM pg_attribute AS attribute JOIN pg_class AS class ON class.oid = attrelid
    WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p') AND class.relname <> 'person'
      AND attnum > 0 AND NOT attisdropped AND atttypid IN ('text'::regtype, 'varchar'::regtype)
      AND (attname = 'subject' OR attname LIKE '%\\_by')
    ORDER BY class.relname, attribute.attnum
  LOOP
    EXECUTE format('UPDATE %I SET %I = $2 WHERE %I = $1', place.relname, place.attname, place.attname)
      USING account, alias;
  END LOOP;
  UPDATE outbox SET payload = jsonb_set(payload, '{subject}', to_jsonb(alias)) WHERE payload ->> 'subject' = account;
END $$;
"""

# Code, Vietnamese, English; in their order.
VOCABULARIES: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "appointment_end_reason": (
        "Lý do thôi giữ chức danh",
        "Reasons for the early end of a term",
        [
            ("resigned", "Xin thôi", "Resigned"),
            ("transferred", "Chuyển công tác", "Transferred"),
            ("promoted", "Giữ chức danh khác", "Took another post"),
            ("retired", "Nghỉ hưu", "Retired"),
            ("reorganised", "Sắp xếp tổ chức", "Reorganisation"),
            ("relieved", "Miễn nhiệm, bãi nhiệm", "Relieved of the post"),
            ("deceased", "Từ trần", "Deceased"),
            ("erased", "Xóa dữ liệu cá nhân theo yêu cầu", "Personal data erased on request"),
            ("other", "Lý do khác", "Other"),
        ],
    ),
    "certificate_kind": (
        "Loại chứng chỉ truyền thông",
        "Kinds of communications certificates",
        [
            ("journalism", "Nghiệp vụ báo chí", "Journalism"),
            ("communications", "Nghiệp vụ truyền thông", "Communications"),
            ("spokesperson", "Người phát ngôn", "Spokesperson"),
            ("other", "Chứng chỉ khác", "Other"),
        ],
    ),
    "collaborator_kind": (
        "Loại cộng tác viên",
        "Kinds of collaborators",
        [
            ("press", "Cộng tác viên báo chí", "Press collaborator"),
            ("public_opinion", "Cộng tác viên dư luận xã hội", "Public opinion collaborator"),
        ],
    ),
    "training_topic": (
        "Nội dung tập huấn truyền thông",
        "Topics of communications training",
        [
            ("communications_skills", "Kỹ năng truyền thông", "Communications skills"),
            ("writing", "Viết tin, bài", "Writing news and articles"),
            ("photo_video", "Ảnh, video", "Photo and video"),
            ("social_media", "Mạng xã hội", "Social media"),
            ("press_rules", "Quy chế phát ngôn, cung cấp thông tin cho báo chí", "Spokesperson and press rules"),
            ("rebuttal", "Nhận diện, phản bác thông tin sai sự thật", "Recognising and rebutting false information"),
            ("public_opinion", "Nắm bắt dư luận xã hội", "Listening to public opinion"),
            ("law", "Tuyên truyền pháp luật", "Communicating the law"),
            ("other", "Nội dung khác", "Other"),
        ],
    ),
}


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def vocabularies_sql() -> str:
    """Return the statements that insert the vocabularies with their terms, and the events that tell of them."""
    names = [f"({literal(name)}, {literal(vi)}, {literal(en)})" for name, (vi, en, _) in VOCABULARIES.items()]
    terms = [
        f"({literal(name)}, {literal(code)}, {literal(vi)}, {literal(en)}, {position})"
        for name, (_, _, members) in VOCABULARIES.items()
        for position, (code, vi, en) in enumerate(members, start=1)
    ]
    told = ", ".join(literal(name) for name in VOCABULARIES)
    return f"""
INSERT INTO vocabulary (name, label_vi, label_en) VALUES {", ".join(names)};
INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES {", ".join(terms)};
INSERT INTO outbox (number, type, payload)
SELECT coalesce((SELECT max(number) FROM outbox), 0) + row_number() OVER (ORDER BY vocabulary), 'vocabulary.changed',
       jsonb_build_object('vocabulary', vocabulary, 'terms', jsonb_agg(jsonb_build_object(
         'code', code, 'vi', label_vi, 'en', label_en, 'position', position,
         'valid_from', lower(valid), 'valid_to', upper(valid)) ORDER BY position, code, valid))
FROM term WHERE vocabulary IN ({told}) GROUP BY vocabulary;
"""


class Migration(migrations.Migration):
    """Dated departments, seats and terms; collaborators, training and certificates; and people who can be forgotten."""

    dependencies = [("org", "0009_audit")]
    operations = [
        operations.RunSQL(PERSONS),
        operations.RunSQL(DEPARTMENTS),
        operations.RunSQL(POSTS),
        operations.RunSQL(COLLABORATORS),
        operations.RunSQL(TRAINING),
        operations.RunSQL(ANSWERING),
        operations.RunSQL(FORGETTING),
        operations.RunSQL(vocabularies_sql()),
    ]
