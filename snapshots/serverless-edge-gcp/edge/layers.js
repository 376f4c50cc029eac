// Where an answer is kept: in the data centre, and in a cache that all data centres share. Each layer may fail; then the next one
// is asked, and at the end the origin.

/** An answer with what decides how long it is good: when it expires, and what it cost to make (both in milliseconds). */
export class Entry {
  constructor(status, headers, body, expires, cost) {
    Object.assign(this, { status, headers, body, expires, cost });
  }

  response(how, browserTtl) {
    const headers = new Headers(this.headers);
    headers.set("cache-status", `edge; ${how}`);
    headers.set("cache-control", browserTtl > 0 ? `public, max-age=${browserTtl}` : "public, max-age=0, must-revalidate");
    return new Response(this.body, { status: this.status, headers });
  }
}

/**
 * Whether an entry is taken as it is. Shortly before the end one request, by lot, counts it as over and makes it anew while
 * the others still get it (XFetch): the more an answer costs to make, the earlier.
 */
export function isFresh(entry, now, beta, lot = Math.random()) {
  return now - entry.cost * beta * Math.log(Math.max(lot, 1e-12)) < entry.expires;
}

/** A lifetime that differs a little from entry to entry, so that those made together do not end together. */
export function jittered(seconds, jitter, lot = Math.random()) {
  return seconds * (1 + jitter * (2 * lot - 1));
}

/** The cache of the data centre. What is stale stays for a while: for the time of a refresh, and of an outage. */
export class Colo {
  constructor(cache, origin) {
    Object.assign(this, { cache, origin });
  }

  url(key) {
    return new URL(`/.edge/${key}`, this.origin).toString();
  }

  async get(key) {
    const found = await this.cache.match(this.url(key));
    if (!found) return undefined;
    const headers = new Headers(found.headers);
    const [expires, cost] = ["x-edge-expires", "x-edge-cost"].map((name) => Number(headers.get(name)));
    for (const name of ["x-edge-expires", "x-edge-cost", "cache-control", "age", "cf-cache-status"]) headers.delete(name);
    return new Entry(found.status, [...headers], await found.arrayBuffer(), expires, cost);
  }

  async set(key, entry, seconds) {
    const headers = new Headers(entry.headers);
    headers.set("x-edge-expires", String(entry.expires));
    headers.set("x-edge-cost", String(entry.cost));
    headers.set("cache-control", `public, s-maxage=${Math.ceil(seconds)}`);
    await this.cache.put(this.url(key), new Response(entry.body, { status: entry.status, headers }));
  }
}

/**
 * The shared cache: Redis over HTTPS, in the region nearest to the data centre. Whatever goes wrong is a miss. `token` is asked for when a
 * command needs it. A reader waits for what is read, and for a lock; what is written goes on to the primary region, and nobody waits.
 */
export class Shared {
  constructor({ url, token, timeoutMs, writeMs = 5000, limit = 512 * 1024 }) {
    Object.assign(this, { url, token, timeoutMs, writeMs, limit });
  }

  async command(words, timeoutMs = this.timeoutMs) {
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        headers: { authorization: `Bearer ${await this.token()}`, "content-type": "application/json" },
        body: JSON.stringify(words),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return answer.ok ? (await answer.json()).result : undefined;
    } catch {
      return undefined;
    }
  }

  async get(key) {
    const text = await this.command(["GET", `page:${key}`]);
    if (typeof text !== "string") return undefined;
    try {
      const { status, headers, body, expires, cost } = JSON.parse(text);
      return new Entry(status, headers, Uint8Array.from(atob(body), (char) => char.charCodeAt(0)), expires, cost);
    } catch {
      return undefined;
    }
  }

  async set(key, entry, seconds) {
    const bytes = new Uint8Array(entry.body);
    if (bytes.length > this.limit) return;
    let body = "";
    for (const byte of bytes) body += String.fromCharCode(byte);
    const { status, headers, expires, cost } = entry;
    const text = JSON.stringify({ status, headers, body: btoa(body), expires, cost });
    await this.command(["SET", `page:${key}`, text, "EX", String(Math.ceil(seconds))], this.writeMs);
  }

  /** True for the one who may make the entry, false for the others, undefined where nobody can tell. */
  async lock(key, ms) {
    const answer = await this.command(["SET", `lock:${key}`, "1", "NX", "PX", String(ms)]);
    return answer === undefined ? undefined : answer === "OK";
  }

  async unlock(key) {
    await this.command(["DEL", `lock:${key}`], this.writeMs);
  }
}
