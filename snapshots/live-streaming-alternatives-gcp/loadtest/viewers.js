// The audience of prod: players that fetch the playlist and the newest part over and over, in steps up to the event. One machine
// plays 2000: testrun-viewers.yaml spreads them over 32 pods. Reasons: loadpath explain <quantity>
import http from "k6/http";
import { check, sleep } from "k6";
import { SharedArray } from "k6/data";
import { Rate, Trend } from "k6/metrics";
import { at } from "./lib.js";
import { choose, newest, resolve } from "./player.js";

// LIVE_URL: where playlists are, when it is not what the CDN of the environment is called
const live = __ENV.LIVE_URL || __ENV.BASE_URL;
/** @type {Array<{ playlist: string, share: number }>} */
const channels = new SharedArray("channels", () => JSON.parse(open("./channels.json")));

// a part that comes later than it is to be played: the picture stops
const stalled = new Rate("stalled");
// from the first request to the first part
const started = new Trend("started_ms", true);

const steps = [
  // a usual evening
  { viewers: at(6277) },
  // half of the peak: does it bend
  { viewers: at(31385) },
  // the event
  { viewers: at(62769) },
];

// A player waits for its part before it asks for the next: it is the arrivals that the stages ramp.
const audience = {
  executor: "ramping-vus",
  startVUs: 0,
  stages: steps.flatMap((step) => [
    // as traffic.surge says
    { target: step.viewers, duration: "600s" },
    // until new machines have long come, at each step
    { target: step.viewers, duration: "10m" },
  ]),
  gracefulStop: "30s",
  gracefulRampDown: "30s",
};

// PROFILE=smoke: a few players for a minute
const few = {
  executor: "constant-vus",
  vus: 10,
  duration: "50s",
  gracefulStop: "10s",
};

export const options = {
  discardResponseBodies: true,
  scenarios: { audience: __ENV.PROFILE === "smoke" ? few : audience },
  thresholds: {
    "http_req_failed{expected:yes}": ["rate<0.001"],
    // a part that takes longer to come than to play stops the picture
    "http_req_duration{class:part}": ["p(99)<1000"],
    stalled: ["rate<0.001"],
  },
};

// each virtual user has its own
let playlist = null;
let next = null;
let joined = null;

export default function watch() {
  if (playlist === null) {
    playlist = choose(channels);
    joined = Date.now();
  }
  // the answer comes when the part is there
  const query = next === null ? "" : `?_HLS_msn=${next.msn}&_HLS_part=${next.part}`;
  const list = http.get(live + playlist + query, { responseType: "text", tags: { class: "playlist", expected: "yes", name: "playlist" } });
  if (!check(list, { "playlist answered": (r) => r.status === 200 })) {
    next = null;
    sleep(1);
    return;
  }
  const newer = newest(String(list.body));
  const part = http.get(live + resolve(playlist, newer.uri), { tags: { class: "part", expected: "yes", name: "part" } });
  check(part, { "part answered": (r) => r.status === 200 });
  stalled.add(part.timings.duration > 1000);
  if (joined !== null) {
    started.add(Date.now() - joined);
    joined = null;
  }
  // a server that does not wait for parts is asked again after one
  if (next !== null && next.msn === newer.msn && next.part === newer.part) sleep(1);
  next = { msn: newer.msn, part: newer.part };
}
