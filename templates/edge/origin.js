// Requests to the origin carry a signature: whoever knows its address, but not the key, gets nothing. See verify.js.

const encoder = new TextEncoder();
const keys = new Map();

async function hmacKey(secret) {
  let key = keys.get(secret);
  if (!key) {
    key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    keys.clear(); // one at a time: the old one after a rotation is of no use
    keys.set(secret, key);
  }
  return key;
}

/**
 * What is signed: method, host, path, query, and when. The parameters of the query in the order of their text: some that stand between
 * edge and service hand them over one by one.
 */
export function canonical(method, url, timestamp) {
  const { host, pathname, search } = new URL(url);
  return [method, host, pathname, search.slice(1).split("&").sort().join("&"), timestamp].join("\n");
}

/** The two headers of a signed request. `now` in milliseconds. */
export async function signature(method, url, secret, now) {
  const timestamp = String(Math.floor(now / 1000));
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(secret), encoder.encode(canonical(method, url, timestamp)));
  return { "x-edge-timestamp": timestamp, "x-edge-signature": btoa(String.fromCharCode(...new Uint8Array(mac))) };
}

/** The request as the origin gets it: signed, and without a signature that the client brought along. */
export async function signed(request, url, secret, now) {
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(await signature(request.method, url, secret, now))) headers.set(name, value);
  return new Request(url, new Request(request, { headers }));
}
