"""All settings of the product, as the programs themselves declare them."""

import importlib
import inspect
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from loa.place import ROOT

# Package → where its folder is in the checkout.
PACKAGES = {
    "kit": ROOT / "libs/kit",
    "org": ROOT / "services/org",
    "survey": ROOT / "services/survey",
    "media_archive": ROOT / "services/media-archive",
    "gateway": ROOT / "gateway",
    "loa": ROOT / "cli",
}


def settings_of(package: str) -> list[type[BaseSettings]]:
    """The settings classes that a package itself declares, in its modules named `settings`."""
    files = sorted((PACKAGES[package] / package).rglob("settings.py"))
    modules = [_module(PACKAGES[package], file) for file in files]
    return [
        each
        for module in modules
        for _, each in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if issubclass(each, BaseSettings) and each.__module__ == module
    ]


def read_by(service: str) -> list[type[BaseSettings]]:
    """The settings classes that the processes of a service read."""
    own = settings_of(service.replace("-", "_"))
    return own if service == "gateway" else [*settings_of("kit"), *own]


def variables(classes: list[type[BaseSettings]]) -> dict[str, tuple[str, str]]:
    """Each variable with its default and meaning, as text; a class that comes later has the last word."""
    return {
        f"LOA_{name.upper()}": (_default(each, name), field.description or "")
        for each in classes
        for name, field in each.model_fields.items()
    }


def without_default(classes: list[type[BaseSettings]]) -> set[str]:
    """The variables that mean nothing until they are set."""
    return {name for name, (default, _) in variables(classes).items() if not default}


def _default(each: type[BaseSettings], name: str) -> str:
    value = each.model_fields[name].get_default(call_default_factory=True)
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        # The folder of the checkout and the machine's temporary folder are not the product's to name.
        inside = value.is_relative_to(ROOT)
        return str(value.relative_to(ROOT)) if inside else str(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _module(folder: Path, file: Path) -> str:
    return ".".join(file.relative_to(folder).with_suffix("").parts)
