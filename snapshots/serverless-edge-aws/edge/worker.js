// The edge: answers what it has, refreshes it behind the reader's back, asks the origin once for many, and signs what it asks.
import { cacheKey } from "./key.js";
import { Colo, Entry, isFresh, jittered, Shared } from "./layers.js";
import { signed } from "./origin.js";

const LOCK_MS = 5000;
const POLL_MS = 50;
const POLLS = 10;

// What asks whether a copy that the client has is still good: the origin would answer without a body, which is nothing to keep.
const CONDITIONS = ["if-match", "if-modified-since", "if-none-match", "if-unmodified-since"];

let lastGeneration = "1";

/** Belongs to everybody: not of one user, not a part of something. */
export function mayBeShared(request) {
  return (request.method === "GET" || request.method === "HEAD") && !request.headers.has("authorization") && !request.headers.has("range");
}

/** Whether the origin says that everybody may have this answer, and for how many seconds it says so, if it does. */
export function sharing(response) {
  const control = (response.headers.get("cache-control") ?? "").toLowerCase();
  const varies = (response.headers.get("vary") ?? "").toLowerCase().split(",").map((name) => name.trim()).filter(Boolean);
  const may =
    [200, 301, 404, 410].includes(response.status) &&
    /\b(public|s-maxage=[1-9])/.test(control) &&
    !/\b(private|no-store|no-cache)\b/.test(control) &&
    !response.headers.has("set-cookie") &&
    varies.every((name) => name === "accept-encoding");
  const seconds = Number(/\bs-maxage=(\d+)/.exec(control)?.[1] ?? 0);
  return { may, seconds };
}

/** Whether the client has this very answer: it says so by its tag, and gets no body. */
export function has(request, response) {
  const bare = (tag) => tag.trim().replace(/^W\//, "");
  const tag = response.headers.get("etag");
  const known = (request.headers.get("if-none-match") ?? "").split(",").map(bare);
  return response.status === 200 && tag !== null && known.includes(bare(tag));
}

export class Edge {
  constructor(env, { cache, now = Date.now, wait = (ms) => new Promise((done) => setTimeout(done, ms)) }) {
    Object.assign(this, { env, cache, now, wait, settings: env.SETTINGS });
  }

  layers(request) {
    const { shared_url: url, timeout_ms: timeoutMs } = this.settings;
    const token = () => this.env.SHARED_TOKEN.get();
    return { colo: new Colo(this.cache, request.url), shared: url ? new Shared({ url, token, timeoutMs }) : undefined };
  }

  /** Past the zone's own cache: it would count an answer as new that has been there for a while, and no generation empties it. */
  async ask(request) {
    return fetch(await signed(request, request.url, await this.env.ORIGIN_SIGNATURE.get(), this.now()), { cache: "no-store" });
  }

  /** Raised by a person to empty every layer at once, see docs/RUNBOOK.md#edge. Where nobody can tell, what it was. */
  async generation() {
    try {
      lastGeneration = (await this.env.CONFIG.get("generation", { cacheTtl: 60 })) ?? "1";
    } catch {
      // the store is away: answers are not
    }
    return lastGeneration;
  }

  async answer(request, later) {
    if (!mayBeShared(request)) return this.ask(request);
    const response = await this.found(request, later);
    if (has(request, response)) return new Response(null, { status: 304, headers: response.headers });
    return request.method === "HEAD" ? new Response(null, response) : response;
  }

  async found(request, later) {
    const key = await cacheKey(request.url, await this.generation());
    const layers = this.layers(request);
    const { browser_ttl_s: browser, early_beta: beta } = this.settings;
    const near = await layers.colo.get(key);
    if (near && isFresh(near, this.now(), beta)) return near.response("hit", browser);
    if (near) {
      later(this.refresh(request, key, layers));
      return near.response("hit; detail=stale", browser);
    }
    const far = await layers.shared?.get(key);
    if (!far) return this.make(request, key, layers, later);
    later(this.keepNear(key, far, layers));
    if (isFresh(far, this.now(), beta)) return far.response("hit; detail=shared", browser);
    later(this.refresh(request, key, layers));
    return far.response("hit; detail=stale", browser);
  }

  /** Nobody has it: one asks the origin, the others wait for what it says, but not for long. */
  async make(request, key, layers, later) {
    const mine = await layers.shared?.lock(key, LOCK_MS);
    if (mine === false) {
      for (let poll = 0; poll < POLLS; poll += 1) {
        await this.wait(POLL_MS);
        const made = await layers.shared.get(key);
        if (made) return made.response("hit; collapsed", this.settings.browser_ttl_s);
      }
    }
    const { response, entry } = await this.fetched(request);
    if (entry) later(this.keep(key, entry, layers));
    if (mine) later(layers.shared.unlock(key));
    return entry ? entry.response("fwd=miss; stored", this.settings.browser_ttl_s) : response;
  }

  /**
   * In the background: what the shared cache has anew, else what the origin says, asked by one at a time. An origin that fails
   * changes nothing: readers go on with what there is.
   */
  async refresh(request, key, layers) {
    const far = await layers.shared?.get(key);
    if (far && isFresh(far, this.now(), this.settings.early_beta)) return this.keepNear(key, far, layers);
    if ((await layers.shared?.lock(key, LOCK_MS)) === false) return;
    try {
      const { entry } = await this.fetched(request);
      if (entry) await this.keep(key, entry, layers);
    } catch {
      // the stale answer stays
    } finally {
      await layers.shared?.unlock(key);
    }
  }

  async fetched(request) {
    const began = this.now();
    const headers = new Headers(request.headers);
    for (const name of CONDITIONS) headers.delete(name);
    // a HEAD would leave an answer without its body
    const response = await this.ask(new Request(request, { method: "GET", headers }));
    const { may, seconds } = sharing(response);
    if (!may) return { response };
    const now = this.now();
    const { shared_ttl_s: most, negative_ttl_s: negative, jitter } = this.settings;
    const lifetime = response.status >= 400 ? negative : Math.min(seconds || most, most);
    const kept = [...response.headers].filter(([name]) => !["cache-control", "age", "content-length"].includes(name));
    const entry = new Entry(response.status, kept, await response.arrayBuffer(), now + 1000 * jittered(lifetime, jitter), now - began);
    return { response, entry };
  }

  /** Each layer keeps an entry longer than it is fresh: what is stale is better than nothing. */
  async keep(key, entry, layers) {
    await Promise.all([this.keepNear(key, entry, layers), layers.shared?.set(key, entry, this.settings.stale_s)]);
  }

  /** The nearer layer holds an entry for fresh for a shorter time: then it looks whether the shared one has it anew. */
  async keepNear(key, entry, layers) {
    const { colo_ttl_s: seconds, jitter, stale_s: stale } = this.settings;
    const expires = Math.min(entry.expires, this.now() + 1000 * jittered(seconds, jitter));
    await layers.colo.set(key, new Entry(entry.status, entry.headers, entry.body, expires, entry.cost), stale);
  }
}

export default {
  async fetch(request, env, context) {
    return new Edge(env, { cache: caches.default }).answer(request, (work) => context.waitUntil(work));
  },
};
