"""Where things are: the checkout, and the folder that holds everything a running Loa keeps on this machine."""

import os
from dataclasses import dataclass
from pathlib import Path

# cli/ is installed editable, so this file lies in the checkout.
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """The data folder, `.data/` in the checkout unless LOA_DATA names another."""

    data: Path

    @classmethod
    def default(cls) -> "Place":
        """The data folder that commands use."""
        return cls(Path(os.environ.get("LOA_DATA") or ROOT / ".data").resolve())

    @property
    def lock(self) -> Path:
        """Held, by the operating system, by the one process that runs things here."""
        return self.data / "up.lock"

    @property
    def card(self) -> Path:
        """What other commands need to know of a running `up`."""
        return self.data / "up.json"

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def objects(self) -> Path:
        return self.data / "objects"

    @property
    def search(self) -> Path:
        return self.data / "search"

    @property
    def sealing_keys(self) -> Path:
        """What opens the survey inbox. Not below `keys`, which people back up."""
        return self.data / "sealing-keys"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def tls(self) -> Path:
        return self.data / "tls"

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def processes(self) -> Path:
        """A file for each child that runs, so that a later start finds those a killed run left behind."""
        return self.data / "run"
