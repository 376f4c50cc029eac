"""Keeps the shard map as the shard manager has it. Standard library only; Python 3.10 or later."""

import json
import threading
import urllib.request

from shard_router import ShardMap


class ManagedMap:
    """The shard map as the shard manager has it. Until it answers, and while it does not, the map of the file holds: no
    request waits for it. Route by `current`; after SQLSTATE SH001 or SH002 call `refresh(refused=True)` and retry."""

    def __init__(self, url: str, fallback: ShardMap, timeout: float = 2.0) -> None:
        self._url, self._timeout = url.rstrip("/") + "/v1/map", timeout
        self._current, self._etag = fallback, ""
        self._lock = threading.Lock()

    @property
    def current(self) -> ShardMap:
        return self._current

    def refresh(self, refused: bool = False) -> ShardMap:
        """Asks the manager; the answer is the newer of its map and ours. `refused`: past every cache."""
        with self._lock:
            headers = {"If-None-Match": self._etag} if self._etag else {}
            if refused:
                headers["Cache-Control"] = "no-cache"
            try:
                with urllib.request.urlopen(urllib.request.Request(self._url, headers=headers), timeout=self._timeout) as response:
                    fresh = ShardMap(json.loads(response.read()))
                    # an epoch only grows: another replica may be a second behind
                    if fresh.epoch >= self._current.epoch:
                        self._current, self._etag = fresh, response.headers.get("ETag", "")
            except (OSError, ValueError, LookupError, TypeError):
                pass  # 304, no answer, or no map: ours holds
            return self._current

    def keep_fresh(self, every: float = 5.0) -> threading.Event:
        """Refreshes in the background until the event is set: reads follow a move without being refused."""
        stopped = threading.Event()

        def poll() -> None:
            while not stopped.wait(every):
                self.refresh()

        threading.Thread(target=poll, name="shard-map", daemon=True).start()
        return stopped
