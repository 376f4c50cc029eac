// The surge of prod, as steep as it is expected, and back. One machine makes a few thousand requests a second:
// testrun.yaml spreads the run over 1 pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    spike: {
      executor: "ramping-arrival-rate",
      // the busiest hour
      startRate: at(87),
      timeUnit: "1s",
      stages: [
        { target: at(87), duration: "2m" },
        // × 2.22 of the busiest minute
        { target: at(251), duration: "180s" },
        { target: at(251), duration: "10m" },
        { target: at(87), duration: "2m" },
      ],
      // Little: 251/s × 300 ms
      preAllocatedVUs: 76,
      // five times over for slow answers
      maxVUs: 390,
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
