// Jobs as prod has them in its busiest hour, then twice as many, then none: what waits by then is done within its deadline too.
// A job is answered with 202 and its `id`; GET on its path and id says its `state`. Reasons: loadpath explain <quantity>
import { sleep } from "k6";
import { Rate, Trend } from "k6/metrics";
import { at, jobs, objectives, send, smoke } from "./lib.js";

const done = new Rate("jobs_done");
const seconds = new Trend("jobs_seconds");

// of the jobs of a topic, the share that is followed to its end
const topics = {
  // of 55.4 a second, for at most 300 s each: 200 users at a time
  "notification": { followed: 0.012, deadlineS: 300, pollS: 5 },
  // of 2.75 a second, for at most 600 s each: 200 users at a time
  "upload": { followed: 0.121, deadlineS: 600, pollS: 10 },
};

export const options = smoke || {
  scenarios: {
    "notification": {
      executor: "ramping-arrival-rate",
      exec: "job",
      env: { TOPIC: "notification" },
      tags: { topic: "notification" },
      // a minute: 27.7 a second in the busiest hour
      startRate: at(1663),
      timeUnit: "1m",
      stages: [
        { target: at(1663), duration: "10m" },
        // twice the busiest hour: what its workers cannot take at once waits
        { target: at(3326), duration: "0s" },
        { target: at(3326), duration: "2m" },
      ],
      // Little: five times the latency objective for each, the deadline for those that are followed
      preAllocatedVUs: 293,
      // the last ones are followed until their deadline
      gracefulStop: "300s",
    },
    "upload": {
      executor: "ramping-arrival-rate",
      exec: "job",
      env: { TOPIC: "upload" },
      tags: { topic: "upload" },
      // a minute: 2.77 a second in the busiest hour; at most the 2.75 a second that it is held to
      startRate: at(165),
      timeUnit: "1m",
      stages: [
        { target: at(165), duration: "10m" },
        // twice the busiest hour: what its workers cannot take at once waits; at most the 2.75 a second that it is held to
        { target: at(165), duration: "0s" },
        { target: at(165), duration: "2m" },
      ],
      // Little: five times the latency objective for each, the deadline for those that are followed
      preAllocatedVUs: 214,
      // the last ones are followed until their deadline
      gracefulStop: "600s",
    },
  },
  thresholds: {
    "http_req_failed{expected:yes}": objectives["http_req_failed{expected:yes}"],
    dropped_iterations: objectives.dropped_iterations,
    "jobs_done{topic:notification}": ["rate>0.999"],
    "jobs_seconds{topic:notification}": ["p(99)<300"],
    "jobs_done{topic:upload}": ["rate>0.999"],
    "jobs_seconds{topic:upload}": ["p(99)<600"],
  },
};

export function job() {
  const name = __ENV.TOPIC || Object.keys(topics)[0];
  const topic = topics[name];
  const request = jobs.find((one) => one.path.endsWith(`/v1/${name}`));
  const began = Date.now();
  const waited = () => (Date.now() - began) / 1000;
  const answer = send(request, "text");
  if (Math.random() >= topic.followed) return;
  const id = answer.status === 202 ? answer.json("id") : undefined;
  const look = { class: "state", method: "GET", path: `${request.path}/${id}`, name: `GET ${request.path}/ID`, body: null };
  /** @type {unknown} */
  let state = "lost";
  while (id !== undefined && state !== "done" && waited() < topic.deadlineS) {
    sleep(topic.pollS);
    const found = send(look, "text");
    if (found.status === 200) state = found.json("state");
  }
  done.add(state === "done");
  if (state === "done") seconds.add(waited());
}

export default job;
