// One cache key for requests that mean the same, and a short one: a key that grows with the URL can be made to fill the cache.

// Says who sent the visitor, not what they want to see.
const TRACKING = /^(utm_.+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|ref)$/;

/** The URL without what makes no difference: tracking, order of parameters, fragment, a slash at the end. */
export function normalise(url) {
  const out = new URL(url);
  out.hash = "";
  out.pathname = out.pathname.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
  const kept = [...out.searchParams].filter(([name]) => !TRACKING.test(name.toLowerCase()));
  kept.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  out.search = new URLSearchParams(kept).toString();
  return out;
}

/** Hexadecimal SHA-256 of the normalised URL and the generation: a new generation empties every layer at once. */
export async function cacheKey(url, generation) {
  const text = new TextEncoder().encode(`${generation}\n${normalise(url)}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
