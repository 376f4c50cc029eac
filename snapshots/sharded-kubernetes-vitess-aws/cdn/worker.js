// One cache key for requests that mean the same: tracking parameters and the order of the rest make no difference.
// The paths and parameters are those of rules.json.
const KEEP = { "/static/": [], "/media/": ["q", "w"] };
const WIDTHS = [320, 640, 1280, 1920];

export function normalise(url) {
  const out = new URL(url);
  const prefix = Object.keys(KEEP).find((p) => out.pathname.startsWith(p));
  if (prefix === undefined) return out;
  const kept = KEEP[prefix].filter((name) => out.searchParams.has(name)).map((name) => [name, out.searchParams.get(name)]);
  out.search = new URLSearchParams(kept).toString();
  if (out.searchParams.has("w")) {
    // a width anybody may choose is a cache anybody may empty
    const asked = Number(out.searchParams.get("w"));
    out.searchParams.set("w", String(WIDTHS.find((w) => w >= asked) ?? WIDTHS.at(-1)));
  }
  return out;
}

export default {
  async fetch(request) {
    if (request.method !== "GET" && request.method !== "HEAD") return fetch(request);
    return fetch(new Request(normalise(request.url), request));
  },
};
