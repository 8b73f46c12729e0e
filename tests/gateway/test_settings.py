"""Every setting of the gateway tells an operator what it is for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.settings import Settings


def test_every_setting_is_described() -> None:
    described = {name: field.description for name, field in Settings.model_fields.items()}
    assert [name for name, text in described.items() if not text] == []


def test_production_is_what_an_operator_gets_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOA_ENVIRONMENT", raising=False)
    assert Settings().environment == "production"
    monkeypatch.setenv("LOA_DEPTH_LIMIT", "7")
    assert Settings().depth_limit == 7
    monkeypatch.setenv("LOA_DEPTH_LIMIT", "0")
    with pytest.raises(ValidationError):
        Settings()
