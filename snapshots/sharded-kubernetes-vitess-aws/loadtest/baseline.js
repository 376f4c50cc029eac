// The hourly peak of prod: the objectives hold with the usual number of pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    baseline: {
      executor: "constant-arrival-rate",
      // the busiest hour
      rate: at(328),
      timeUnit: "1s",
      duration: "30m",
      // Little: 328/s × 200 ms
      preAllocatedVUs: 66,
      // five times over for slow answers
      maxVUs: 340,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
