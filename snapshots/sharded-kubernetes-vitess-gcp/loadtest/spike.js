// The surge of prod, as steep as it is expected, and back. One machine makes a few thousand requests a second:
// testrun.yaml spreads the run over 1 pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    spike: {
      executor: "ramping-arrival-rate",
      // the busiest hour
      startRate: at(328),
      timeUnit: "1s",
      stages: [
        { target: at(328), duration: "2m" },
        // × 1 of the busiest minute
        { target: at(426), duration: "600s" },
        { target: at(426), duration: "10m" },
        { target: at(328), duration: "2m" },
      ],
      // Little: 426/s × 200 ms
      preAllocatedVUs: 86,
      // five times over for slow answers
      maxVUs: 440,
      gracefulStop: "30s",
    },
  },
  thresholds: {
    ...objectives,
    // ten times the objective while pods come up
    "http_req_failed{expected:yes}": ["rate<0.01"],
  },
};

export default mix;
