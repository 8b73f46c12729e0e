"""The database is the truth: every model's columns are its table's, with the same willingness to be null."""

import pytest
from tortoise import Tortoise

from kit import db
from kit.testing import on_database
from loa.services import SERVICES


@pytest.mark.parametrize("package", [service.package for service in SERVICES])
async def test_models_match_the_migrated_database(package: str, tmp_path) -> None:
    async with on_database(f"{package}.app", str(tmp_path)):
        found = await db.rows(
            "SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'public'"
        )
        columns = {(row["table_name"], row["column_name"]): row["is_nullable"] == "YES" for row in found}
        wrong = []
        for model in Tortoise.apps[package].values():
            for field in model._meta.fields_map.values():
                name = getattr(field, "source_field", None) or field.model_field_name
                if not field.has_db_field:
                    continue
                table = model._meta.db_table
                if columns.get((table, name)) is not field.null:
                    wrong.append(
                        f"{table}.{name}: model null={field.null}, table {columns.get((table, name), 'has none')}"
                    )
        assert len(Tortoise.apps[package]) > 0
        assert wrong == []
