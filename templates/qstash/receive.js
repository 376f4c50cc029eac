// For the consumers that QStash calls (Node.js): lets through what QStash has signed. Their address is open to everybody, so nothing
// is read, and nothing done, before. The keys are the secret QSTASH_KEYS_SECRET: `{ current, next }`.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Seconds that the clocks of QStash and of the service may differ. */
const CLOCK_S = 5;

/** The claims of a token that this key has signed, or undefined. */
function claims(token, key) {
  const [header, payload, signature, ...more] = token.split(".");
  if (!signature || more.length > 0) return undefined;
  const given = Buffer.from(signature, "base64url");
  const wanted = createHmac("sha256", key).update(`${header}.${payload}`).digest();
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  try {
    const { alg } = JSON.parse(Buffer.from(header, "base64url"));
    return alg === "HS256" ? JSON.parse(Buffer.from(payload, "base64url")) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether QStash has sent this body to this address, now. While keys are rotated, either of them signs.
 * @param {{ signature: string | undefined, url: string, body: string | Buffer }} call the header `upstash-signature`, the address
 *   that was called, and the body as it came
 */
export function fromQstash({ signature, url, body }, { current, next }, now = Date.now()) {
  const said = [current, next].map((key) => claims(signature ?? "", key)).find(Boolean);
  if (!said) return false;
  const seconds = now / 1000;
  const digest = createHash("sha256").update(body).digest("base64url");
  return (
    said.iss === "Upstash" &&
    said.sub === url &&
    seconds < said.exp + CLOCK_S &&
    seconds > said.nbf - CLOCK_S &&
    String(said.body).replace(/=+$/, "") === digest
  );
}

/** What a consumer answers: done; once more, later; or never again, which makes it a dead letter at once. */
export const DONE = { status: 200, headers: {} };
export const RETRY = { status: 503, headers: {} };
export const DEAD = { status: 489, headers: { "upstash-nonretryable-error": "true" } };
