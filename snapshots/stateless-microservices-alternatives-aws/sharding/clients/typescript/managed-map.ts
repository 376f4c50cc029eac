// Keeps the shard map as the shard manager has it. No dependency; Node.js 22.18 or later runs it as it is, 20 after `tsc`.
import { ShardMap } from "./shard-router.ts";

/**
 * Until the manager answers, and while it does not, the map of the file holds: no request waits for it. Route by `current`; after
 * SQLSTATE SH001 or SH002 call `refresh(true)` and retry.
 */
export class ManagedMap {
  readonly #url: URL;
  readonly #timeoutMs: number;
  #current: ShardMap;
  #etag = "";
  // one question at a time
  #asking: Promise<unknown> = Promise.resolve();

  constructor(url: string, fallback: ShardMap, timeoutMs = 2000) {
    this.#url = new URL("/v1/map", url);
    this.#current = fallback;
    this.#timeoutMs = timeoutMs;
  }

  get current(): ShardMap {
    return this.#current;
  }

  /** Asks the manager; the answer is the newer of its map and ours. `refused`: past every cache. */
  refresh(refused = false): Promise<ShardMap> {
    const asked = this.#asking.then(() => this.#ask(refused));
    this.#asking = asked;
    return asked;
  }

  async #ask(refused: boolean): Promise<ShardMap> {
    // said always: beside If-None-Match, fetch would say no-cache by itself
    const headers: Record<string, string> = { "Cache-Control": refused ? "no-cache" : "max-age=5" };
    if (this.#etag !== "") headers["If-None-Match"] = this.#etag;
    try {
      const response = await fetch(this.#url, { headers, signal: AbortSignal.timeout(this.#timeoutMs) });
      const text = await response.text();
      if (response.status === 200) {
        const fresh = new ShardMap(JSON.parse(text));
        // an epoch only grows: another replica may be a second behind
        if (fresh.epoch >= this.#current.epoch) {
          this.#current = fresh;
          this.#etag = response.headers.get("etag") ?? "";
        }
      }
    } catch {
      // no answer, or no map: ours holds
    }
    return this.#current;
  }

  /** Refreshes until the returned function is called: reads follow a move without being refused. */
  keepFresh(everyMs = 5000): () => void {
    const timer = setInterval(() => void this.refresh(), everyMs);
    timer.unref();
    return () => clearInterval(timer);
  }
}
