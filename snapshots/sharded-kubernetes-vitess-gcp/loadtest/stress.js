// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(213),
      timeUnit: "1s",
      stages: [
        { target: at(213), duration: "5m" },
        // the objectives must hold up to here
        { target: at(426), duration: "5m" },
        { target: at(426), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(852), duration: "10m" },
        { target: at(852), duration: "5m" },
      ],
      // Little: 852/s × 200 ms
      preAllocatedVUs: 171,
      // five times over for slow answers
      maxVUs: 865,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "60s" }],
  },
};

export default mix;
