// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(128),
      timeUnit: "1s",
      stages: [
        { target: at(128), duration: "5m" },
        // the objectives must hold up to here
        { target: at(256), duration: "5m" },
        { target: at(256), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(511), duration: "10m" },
        { target: at(511), duration: "5m" },
      ],
      // Little: 511/s × 200 ms
      preAllocatedVUs: 103,
      // five times over for slow answers
      maxVUs: 525,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "60s" }],
  },
};

export default mix;
