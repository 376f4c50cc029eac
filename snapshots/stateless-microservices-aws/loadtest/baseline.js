// The hourly peak of prod: the objectives hold with the usual number of pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    baseline: {
      executor: "constant-arrival-rate",
      // the busiest hour
      rate: at(369),
      timeUnit: "1s",
      duration: "30m",
      // Little: 369/s × 300 ms
      preAllocatedVUs: 111,
      // five times over for slow answers
      maxVUs: 565,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
