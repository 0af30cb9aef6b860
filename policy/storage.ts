import { z } from "zod";
import { type PlannedInStack, stackRule } from "./rule.ts";

const closed = z.object({
  blockPublicAcls: z.boolean().nullish(),
  blockPublicPolicy: z.boolean().nullish(),
  ignorePublicAcls: z.boolean().nullish(),
  restrictPublicBuckets: z.boolean().nullish(),
});

/** Resources that a bucket needs beside it, by what it lacks without them. */
const companions: Readonly<Record<string, (resource: PlannedInStack) => boolean>> = {
  "is not closed to the public": ({ type, props }) =>
    type === "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock" &&
    Object.values(closed.parse(props)).filter((one) => one === true).length === 4,
  "is not encrypted by a rule of its own": ({ type }) =>
    type.startsWith("aws:s3/bucketServerSideEncryptionConfiguration"),
  "has no versions": ({ type }) => type.startsWith("aws:s3/bucketVersioning"),
};

/** Buckets are nobody else's. */
export const bucketsPrivate = stackRule({
  name: "buckets-private",
  description: "Every bucket is closed to the public, encrypted and versioned.",
  remedy: "Give it a BucketPublicAccessBlock with all four settings, an encryption and a versioning.",
  config: z.strictObject({}),
  checkStack: (resources) =>
    resources
      .filter(({ type }) => /^aws:s3\/bucket(?:V2)?:Bucket/.test(type))
      .flatMap(({ name, urn }) => {
        const own = resources.filter(({ from }) => from["bucket"]?.includes(urn) === true);
        return Object.entries(companions).flatMap(([lack, is]) => (own.some(is) ? [] : [`The bucket ${name} ${lack}`]));
      }),
});
