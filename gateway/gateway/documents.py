"""Documents by hash: automatic persisted queries, and trusted documents that an operator may restrict clients to."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gateway.errors import BadRequest, DocumentNotTrusted, PersistedQueryMismatch, PersistedQueryNotFound
from gateway.settings import Settings


@dataclass(frozen=True)
class WantedDocument:
    """A document's text, and the hash to remember it by once it proved good."""

    text: str
    remember_as: str | None = None


class Documents:
    """The trusted documents, and the persisted ones most recently used."""

    def __init__(self, settings: Settings) -> None:
        self.size = settings.persisted_query_cache_size
        self.trusted_only = settings.trusted_only
        self._trusted = read_trusted(settings.trusted_documents) if settings.trusted_documents else {}
        self._persisted: OrderedDict[str, str] = OrderedDict()

    def find(self, text: str | None, wanted_hash: str | None) -> WantedDocument:
        """The document a request means.

        Raises the errors of the persisted query protocol, `DocumentNotTrusted`, `BadRequest`.
        """
        if wanted_hash is not None and wanted_hash in self._trusted:
            return WantedDocument(self._trusted[wanted_hash])
        if self.trusted_only:
            return self._only_trusted(text)
        if wanted_hash is None:
            return WantedDocument(_present(text))
        if text is None:
            return self._recall(wanted_hash)
        if sha256(text) != wanted_hash:
            raise PersistedQueryMismatch("The hash is not that of the document.")
        return WantedDocument(text, wanted_hash)

    def remember(self, document: WantedDocument) -> None:
        """Keeps a document that was found good, so that its hash is enough next time."""
        if document.remember_as is None:
            return
        self._persisted[document.remember_as] = document.text
        self._persisted.move_to_end(document.remember_as)
        if len(self._persisted) > self.size:
            self._persisted.popitem(last=False)

    def _only_trusted(self, text: str | None) -> WantedDocument:
        if text is None or sha256(text) not in self._trusted:
            raise DocumentNotTrusted("Only documents known beforehand are served here.")
        return WantedDocument(text)

    def _recall(self, wanted_hash: str) -> WantedDocument:
        if wanted_hash not in self._persisted:
            raise PersistedQueryNotFound("PersistedQueryNotFound")
        self._persisted.move_to_end(wanted_hash)
        return WantedDocument(self._persisted[wanted_hash])


def read_trusted(path: Path) -> dict[str, str]:
    """The trusted documents of a file; raises `ValueError` if a hash is not that of its document."""
    documents: dict[str, Any] = orjson.loads(path.read_bytes())
    wrong = [name for name, text in documents.items() if not isinstance(text, str) or sha256(text) != name]
    if wrong:
        raise ValueError(f"{path}: not the SHA-256 of their documents: {', '.join(wrong)}")
    return documents


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _present(text: str | None) -> str:
    if text is None:
        raise BadRequest("The request has no query.")
    return text
