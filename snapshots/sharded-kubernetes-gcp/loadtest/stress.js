// Steps over the design rate of prod: where does it bend? Only errors abort: beyond the design rate answers may be slow.
import { at, mix, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    stress: {
      executor: "ramping-arrival-rate",
      // half of the design rate
      startRate: at(19802),
      timeUnit: "1s",
      stages: [
        { target: at(19802), duration: "5m" },
        // the objectives must hold up to here
        { target: at(39604), duration: "5m" },
        { target: at(39604), duration: "10m" },
        // twice the design rate: where does it bend
        { target: at(79208), duration: "10m" },
        { target: at(79208), duration: "5m" },
      ],
      // Little: 79 208/s × 150 ms
      preAllocatedVUs: 11882,
      // five times over for slow answers
      maxVUs: 59420,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    // beyond it the test only harms
    "http_req_failed{expected:yes}": [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "1m" }],
  },
};

export default mix;
