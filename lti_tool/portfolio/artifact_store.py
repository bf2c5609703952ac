"""Where the bytes of evidence lie: outside the web root, never under a name a learner chose."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import IO

import obstore
from obstore.store import from_url

from lti_tool.database import opaque_id

CHUNK = 256 * 1024
"""Bytes read or written at a time, so that a film never fills the memory."""


class BytesMissing(Exception):
    """A row says there is a file, and the store has none: a backup was restored in halves."""


class KeyTaken(Exception):
    """Something lies under this key already; nothing is ever written over."""


class ArtifactStore:
    """A folder today (`file:///…`); anything obstore can open tomorrow."""

    def __init__(self, url: str) -> None:
        """Open the store at `url`, and make the folder where there is none."""
        # mypy: obstore answers a union of stores that share one protocol.
        self._store = from_url(url, mkdir=True)

    def put(self, stream: IO[bytes], *, key: str | None = None) -> str:
        """Write the stream from its beginning under a fresh random key, and answer the key.

        Raises:
            KeyTaken: a given key holds something already.
        """
        key = key or f"{(name := opaque_id())[:2].lower()}/{name}"
        with suppress(FileNotFoundError):
            obstore.head(self._store, key)
            raise KeyTaken(key)
        stream.seek(0)
        # Several parts of CHUNK bytes each; complete or not there at all.
        obstore.put(self._store, key, stream, use_multipart=True, chunk_size=CHUNK)
        return key

    def read(self, key: str) -> Iterator[bytes]:
        """The bytes in chunks, opened at once and read as they are taken.

        Raises:
            BytesMissing: nothing lies under the key.
        """
        try:
            found = obstore.get(self._store, key)
        except FileNotFoundError:
            raise BytesMissing(key) from None
        return (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))

    def keys_before(self, moment: datetime) -> list[str]:
        """The keys of everything that was written before a moment."""
        return [
            entry["path"]
            for batch in obstore.list(self._store)
            for entry in batch
            if entry["last_modified"] < moment
        ]

    def delete(self, key: str) -> None:
        """Take the bytes away; that they are gone already is fine."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, key)
