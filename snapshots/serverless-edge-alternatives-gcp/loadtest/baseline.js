// The hourly peak of prod: the objectives hold with the usual number of pods. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    baseline: {
      executor: "constant-arrival-rate",
      // the busiest hour
      rate: at(5543),
      timeUnit: "1s",
      duration: "30m",
      // Little: 5 543/s × 300 ms
      preAllocatedVUs: 1663,
      // five times over for slow answers
      maxVUs: 8325,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
