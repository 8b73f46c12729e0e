"""What hangs on a unit begins no earlier than the unit and ends no later, also when the two are written at one moment."""

from tortoise import migrations
from tortoise.migrations import operations

# Whoever writes shares the unit's row to the end of the transaction, whoever closes the unit writes it: the later of
# the two waits and then sees what the earlier did. A closing that comes later ends what it finds.
SPANS = """
CREATE FUNCTION within_a_unit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  life unit;
BEGIN
  SELECT * INTO life FROM unit WHERE id = NEW.unit_id FOR SHARE;
  -- A beginning that nobody knows is taken to lie within.
  IF lower(NEW.valid) < life.created_on OR lower(NEW.valid) >= life.closed_on THEN
    RAISE EXCEPTION 'unit % does not exist on %', NEW.unit_id, lower(NEW.valid)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'within_a_unit';
  END IF;
  -- As for what a closing unit ends itself.
  NEW.valid = NEW.valid * daterange(NULL, life.closed_on);
  RETURN NEW;
END $$;
"""
_SPANS = ("appointment", "collaborator", "post", "department_version", "channel_version", "unit_group_member")

# Of a class that was held, or people who were counted, nothing can be cut off.
DAYS = """
CREATE FUNCTION training_class_within_a_unit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  life unit;
BEGIN
  SELECT * INTO life FROM unit WHERE id = NEW.unit_id FOR SHARE;
  IF NOT NEW.held <@ daterange(life.created_on, life.closed_on) THEN
    RAISE EXCEPTION 'unit % does not exist on all days of the class', NEW.unit_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'within_a_unit';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER training_class_within_a_unit AFTER INSERT ON training_class
  FOR EACH ROW EXECUTE FUNCTION training_class_within_a_unit();

CREATE FUNCTION headcount_publication_within_a_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- In one order, or two files at once could wait for one another.
  PERFORM FROM unit WHERE id IN (SELECT unit_id FROM changed) ORDER BY id FOR SHARE;
  IF EXISTS (SELECT FROM changed JOIN unit ON unit.id = changed.unit_id
             WHERE NOT changed.day <@ daterange(unit.created_on, unit.closed_on)) THEN
    RAISE EXCEPTION 'people are counted in a unit on a day on which it does not exist'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'within_a_unit';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER headcount_publication_within_a_unit AFTER INSERT ON headcount_publication
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION headcount_publication_within_a_unit();
"""


def triggers_sql() -> str:
    """Return the triggers of what holds for a span of days; one that becomes shorter needs no look at the unit."""
    return "\n".join(
        f"""CREATE TRIGGER {table}_within_a_unit BEFORE INSERT ON {table}
              FOR EACH ROW EXECUTE FUNCTION within_a_unit();
            CREATE TRIGGER {table}_still_within_a_unit BEFORE UPDATE ON {table}
              FOR EACH ROW WHEN (NOT NEW.valid <@ OLD.valid OR NEW.unit_id <> OLD.unit_id)
              EXECUTE FUNCTION within_a_unit();"""
        for table in _SPANS
    )


class Migration(migrations.Migration):
    """Days of a unit bound those of what hangs on it."""

    dependencies = [
        ("org", "0010_people_and_posts"),
        ("org", "0011_headcount_cells"),
        ("org", "0012_channels_groups_places"),
    ]
    operations = [
        operations.RunSQL(SPANS),
        operations.RunSQL(triggers_sql()),
        operations.RunSQL(DAYS),
    ]
