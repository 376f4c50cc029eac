// For the services behind the edge (Node.js): lets through what the edge has signed. The key is the secret `origin-signature`.
import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether the edge has signed this request within the last `seconds`, with the key, or one of them: while it is exchanged there are two.
 * @param {{ method: string, host: string, path: string, headers: Record<string, string | undefined> }} request path with query, as it came:
 *   not decoded, the parameters in any order
 * @param {string | string[]} secret
 */
export function fromEdge(request, secret, seconds, now = Date.now()) {
  const timestamp = request.headers["x-edge-timestamp"] ?? "";
  const given = Buffer.from(request.headers["x-edge-signature"] ?? "", "base64");
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > seconds) return false;
  const [path, query = ""] = request.path.split(/\?(.*)/s);
  const text = [request.method, request.host, path, query.split("&").sort().join("&"), timestamp].join("\n");
  return [secret].flat().some((key) => {
    const wanted = createHmac("sha256", key).update(text).digest();
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
