import http from "k6/http";
import { check } from "k6";
import { SharedArray } from "k6/data";

// BASE_URL, TOKEN (of a test user, short-lived) and PROFILE come from the environment
const base = __ENV.BASE_URL;
/** @type {Array<{ id: string, region: string }>} */
const users = new SharedArray("users", () => JSON.parse(open("./users.json")));
/** @returns {Array<{ class: string, method: string, path: string, name: string, body: object | null }>} */
function requestsOf(kind) {
  return new SharedArray(kind, () => JSON.parse(open("./requests.json")).filter((request) => request.class === kind));
}
const reads = requestsOf("read");
const writes = requestsOf("write");
export const jobs = requestsOf("job");

// SCALE: the share of prod that the environment under test is sized for; the rates here are those of prod
const share = Number(__ENV.SCALE || 1);
/** @param {number} rate @returns {number} */
export const at = (rate) => Math.max(1, Math.ceil(rate * share));

// the objectives of loadpath.yaml
export const objectives = {
  "http_req_failed{expected:yes}": ["rate<0.001"],
  // the objective: 99 % of requests within it
  "http_req_duration{class:read}": ["p(99)<300"],
  "http_req_duration{class:write}": ["p(99)<300"],
  // an iteration that had no virtual user left is load that was not put on
  dropped_iterations: ["count==0"],
};

// PROFILE=smoke: any of the scripts in a minute, at a rate that changes nothing
export const smoke = __ENV.PROFILE === "smoke" && {
  discardResponseBodies: true,
  scenarios: {
    smoke: {
      executor: "constant-arrival-rate",
      // four fifths of what the firewall lets one address do
      rate: 6,
      timeUnit: "1s",
      duration: "50s",
      preAllocatedVUs: 10,
      gracefulStop: "10s",
    },
  },
  thresholds: objectives,
};

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}

// one request of the mix: read, write or a job to start
export function mix() {
  const dice = Math.random();
  // requests that only read
  let list = reads;
  if (dice >= 0.9) list = writes;
  // the rest starts a job
  if (dice >= 0.9945 && jobs.length > 0) list = jobs;
  send(pick(list));
}

/**
 * One request, as one of the users.
 * @param {typeof reads[number]} request of requests.json
 * @param {"none" | "text"} responseType whether the body of the answer is kept
 */
export function send(request, responseType = "none") {
  const user = pick(users);
  // requests.json names the user and the region; whose they are is drawn here
  const filled = (text) => text.replaceAll("USER", user.id).replaceAll("REGION", user.region);
  const body = request.body === null ? null : filled(JSON.stringify(request.body));
  const response = http.request(request.method, base + filled(request.path), body, {
    headers: { Authorization: `Bearer ${__ENV.TOKEN}`, "Content-Type": "application/json", "X-Test-User": user.id },
    tags: { class: request.class, expected: "yes", name: request.name },
    responseType,
  });
  check(response, { answered: (r) => r.status >= 200 && r.status < 300 });
  return response;
}
