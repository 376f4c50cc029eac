// The mean of prod for hours: leaks, full disks, expiring credentials. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    soak: {
      executor: "constant-arrival-rate",
      // the mean of the week
      rate: at(112),
      timeUnit: "1s",
      // DURATION: where who runs it has less time
      duration: __ENV.DURATION || "8h",
      // Little: 112/s × 200 ms
      preAllocatedVUs: 23,
      // five times over for slow answers
      maxVUs: 125,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
