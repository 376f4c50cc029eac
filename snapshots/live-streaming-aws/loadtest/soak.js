// The mean of prod for hours: leaks, full disks, expiring credentials. Reasons: loadpath explain <quantity>
import { at, mix, objectives, smoke } from "./lib.js";

export const options = smoke || {
  discardResponseBodies: true,
  scenarios: {
    soak: {
      executor: "constant-arrival-rate",
      // the mean of the week
      rate: at(1082),
      timeUnit: "1s",
      // DURATION: where who runs it has less time
      duration: __ENV.DURATION || "8h",
      // Little: 1 082/s × 200 ms
      preAllocatedVUs: 217,
      // five times over for slow answers
      maxVUs: 1095,
      gracefulStop: "30s",
    },
  },
  thresholds: objectives,
};

export default mix;
