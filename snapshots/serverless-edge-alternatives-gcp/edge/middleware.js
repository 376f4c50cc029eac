// The edge at Vercel: one address for requests that mean the same, so that its cache has one entry for them, and a signature for the
// origin. How long an answer is kept says the origin: `vercel-cdn-cache-control: max-age=60, stale-while-revalidate=86400`.
import { rewrite } from "@vercel/functions";
import { normalise } from "./key.js";
import { signature } from "./origin.js";

export const config = { matcher: "/((?!_vercel/).*)" };

export default async function middleware(request) {
  const url = normalise(request.url);
  url.protocol = "https:";
  url.host = process.env.ORIGIN;
  const headers = new Headers(request.headers);
  const signed = await signature(request.method, url, process.env.ORIGIN_SIGNATURE, Date.now());
  for (const [name, value] of Object.entries(signed)) headers.set(name, value);
  return rewrite(url, { request: { headers } });
}
