"""Routes a key to its shard by the shard map. Standard library only; Python 3.10 or later."""

import hashlib
import json
import uuid
from bisect import bisect_right
from pathlib import Path
from typing import Any

Key = str | int | uuid.UUID


class NoRoute(LookupError):
    """The key is not routable, or the map has no such keyspace or region."""


def canonical(key: Key) -> str:
    """Integers in decimal, UUIDs lower-case with hyphens, text unchanged: a UUID in a str must already be canonical."""
    if isinstance(key, bool) or not isinstance(key, (str, int, uuid.UUID)):
        raise NoRoute(f"a key is text, an integer or a UUID, not {type(key).__name__}")
    if isinstance(key, int) and not 0 <= key < 2**63:
        raise NoRoute(f"{key} is negative or no bigint")
    text = str(key)
    if not text:
        raise NoRoute("the empty text is no key")
    return text


class ShardMap:
    """Which shard owns a key. Run `epoch_statement` first in every writing transaction; it survives transaction pooling.
    On SQLSTATE SH001 or SH002 load the map again and retry, on SH003 the shard is closed for a cutover: retry later."""

    def __init__(self, document: dict[str, Any]) -> None:
        hash_ = document["hash"]
        self.buckets: int = hash_["buckets"]
        if document["version"] != 1 or hash_["function"] != "sha256":
            raise ValueError("a shard map of another version or hash")
        if not 1 <= self.buckets <= 32768 or self.buckets & (self.buckets - 1):
            raise ValueError(f"{self.buckets} buckets are not a power of two up to 32768")
        self.epoch: int = document["epoch"]
        self.epoch_statement = f"SET LOCAL {document['epoch_setting']} = '{self.epoch}'"
        self._keyspaces: dict[str, dict[str, Any]] = document["keyspaces"]
        # first bucket (or id) of each run, and the shard that owns it
        self._runs: dict[tuple[str, str | None], tuple[list[int], list[str]]] = {}
        for name, keyspace in self._keyspaces.items():
            if keyspace["strategy"] == "functional":
                self._runs[name, None] = ([0], [keyspace["shards"][0]["name"]])
                continue
            runs_of, end = ("ranges", None) if keyspace["strategy"] == "range" else ("buckets", self.buckets)
            for region in keyspace.get("regions", [None]):
                runs = sorted(
                    (run[0], run[1], shard["name"])
                    for shard in keyspace["shards"]
                    if shard.get("region") == region
                    for run in shard.get(runs_of, [])
                )
                expected: int | None = 0
                for lo, hi, _ in runs:
                    if lo != expected or (hi is not None and hi < lo):
                        raise ValueError(f"{name}/{region}: {expected} has no owner or two")
                    expected = None if hi is None else hi + 1
                if expected != end:
                    raise ValueError(f"{name}/{region}: {expected} has no owner or two")
                self._runs[name, region] = ([lo for lo, _, _ in runs], [shard for _, _, shard in runs])

    @classmethod
    def load(cls, path: str | Path) -> "ShardMap":
        return cls(json.loads(Path(path).read_text(encoding="utf-8")))

    def bucket_of(self, key: Key) -> int:
        """Bytes 6 and 7 of SHA-256 of the canonical text, big-endian, modulo the bucket count."""
        try:
            digest = hashlib.sha256(canonical(key).encode()).digest()
        except UnicodeEncodeError as error:
            raise NoRoute("a lone surrogate has no UTF-8") from error
        return int.from_bytes(digest[6:8], "big") & (self.buckets - 1)

    def route(self, keyspace: str, key: Key, region: str | None = None) -> str:
        """The name of the shard; a region keyspace wants the region of the row."""
        try:
            starts, shards = self._runs[keyspace, region]
        except KeyError:
            raise NoRoute(f"no shard for keyspace {keyspace}, region {region}") from None
        found = self._keyspaces[keyspace]
        text = canonical(key)
        if text in found.get("directory", {}):
            return found["directory"][text]
        if found["strategy"] == "range":
            # 007 and 7 must not be two keys
            if not (text.isascii() and text.isdigit()) or str(int(text)) != text or int(text) >= 2**63:
                raise NoRoute(f"{text!r} is not an integer, which {keyspace} is ordered by")
            place = int(text)
        else:
            place = 0 if found["strategy"] == "functional" else self.bucket_of(key)
        return shards[bisect_right(starts, place) - 1]
