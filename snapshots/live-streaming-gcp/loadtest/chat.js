// The conversation of an event in prod: everybody holds a connection open, and as many write as there will be. One machine holds
// ten thousand connections: testrun-chat.yaml spreads them over 100 pods. Reasons: loadpath explain <quantity>
import http from "k6/http";
import { check } from "k6";
import { Rate, Trend } from "k6/metrics";
import { clearInterval, setInterval } from "k6/timers";
import { WebSocket } from "k6/websockets";
import { at } from "./lib.js";

const base = String(__ENV.BASE_URL);
const room = __ENV.ROOM || "event";
const headers = { Authorization: `Bearer ${__ENV.TOKEN}`, "Content-Type": "application/json" };

// from one who writes to one who reads, by the clocks of the generators
const delivered = new Trend("delivered_ms", true);
const broken = new Rate("connections_broken");

const arrive = "600s";
const stay = "10m";
const connected = at(1000000);

const event = {
  read: {
    executor: "ramping-vus",
    exec: "read",
    startVUs: 0,
    stages: [
      // everybody who watches; as traffic.surge says
      { target: connected, duration: arrive },
      // until new machines have long come, at each step
      { target: connected, duration: stay },
    ],
    gracefulStop: "30s",
  },
  write: {
    executor: "ramping-arrival-rate",
    exec: "write",
    // a usual evening
    startRate: at(500),
    timeUnit: "1s",
    stages: [
      // the event
      { target: at(5000), duration: arrive },
      { target: at(5000), duration: stay },
    ],
    // Little: 5 000/s × 200 ms
    preAllocatedVUs: 1000,
    // five times over for slow answers
    maxVUs: 5010,
    gracefulStop: "30s",
  },
};

// PROFILE=smoke: a few people for a minute
const few = {
  read: { executor: "constant-vus", exec: "read", vus: 10, duration: "50s" },
  write: {
    executor: "constant-arrival-rate",
    exec: "write",
    rate: 6,
    timeUnit: "1s",
    duration: "50s",
    preAllocatedVUs: 10,
  },
};

export const options = {
  scenarios: __ENV.PROFILE === "smoke" ? few : event,
  thresholds: {
    "http_req_failed{expected:yes}": ["rate<0.001"],
    // the objective: 99 % of requests within it
    "http_req_duration{class:write}": ["p(99)<200"],
    // from one who writes to all who read: a second still is a conversation
    delivered_ms: ["p(99)<1000"],
    connections_broken: ["rate<0.001"],
    dropped_iterations: ["count==0"],
  },
};

/** One connection, for as long as it lasts. */
export function read() {
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}/chat?room=${room}`, null, { headers });
  socket.onopen = () => {
    // far within the time after which a silent connection is closed
    const ping = setInterval(() => socket.ping(), 60000);
    broken.add(false);
    socket.onclose = () => clearInterval(ping);
  };
  socket.onmessage = (message) => {
    const sent = Number(JSON.parse(String(message.data)).sent);
    if (!Number.isNaN(sent)) delivered.add(Date.now() - sent);
  };
  socket.onerror = () => broken.add(true);
}

/** One message of one person. */
export function write() {
  const body = JSON.stringify({ text: "load test", sent: Date.now() });
  const response = http.post(`${base}/chat/rooms/${room}/messages`, body, {
    headers,
    tags: { class: "write", expected: "yes", name: "POST message" },
  });
  check(response, { written: (r) => r.status >= 200 && r.status < 300 });
}
