import { z } from "zod";
import { architectures, servedModelSchema } from "./endpoint.ts";

/** A function's package: one zip archive, the same for every provider. */
export const functionPackageSchema = z.strictObject({
  /** Absolute path of the archive on the machine at hand. */
  path: z.string().min(1),
  /** SHA-256 of the archive, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Size of the archive. */
  bytes: z.number().int().positive(),
  /** Size of what is in it. */
  unzippedBytes: z.number().int().nonnegative(),
  /** What takes the space, the largest first. */
  parts: z.array(
    z.strictObject({
      name: z.string(),
      bytes: z.number().int().nonnegative(),
      zippedBytes: z.number().int().nonnegative(),
    }),
  ),
  /** Module and function, such as `handler.handler`. */
  handler: z.string(),
  runtime: z.literal("python3.11"),
  architecture: z.enum(architectures),
  model: servedModelSchema,
  /** Absolute path of the model's file, for a store to load it from when it is not in the archive. */
  modelPath: z.string(),
  /** Whether the model is in the archive, or a function loads it from a store at its cold start. */
  modelIn: z.enum(["package", "store"]),
});

/** A function's package. */
export type FunctionPackageFacts = z.infer<typeof functionPackageSchema>;

const mebibyte = 1024 * 1024;

/**
 * AWS Lambda's limits of a package, in bytes.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const packageLimits = {
  /** Zip archive in the request itself. */
  direct: 50 * mebibyte,
  /** What a zip archive unpacks to, layers included; the archive then comes from S3. */
  unzipped: 250 * mebibyte,
  /** Container image, uncompressed. */
  image: 10 * 1024 * mebibyte,
} as const;

/** How a package can get to AWS Lambda. */
export interface PackageFit {
  /** The least demanding way that takes it; null when none does. */
  readonly way: "direct" | "s3" | "image" | null;
  /** What to tell people, in lines: each limit, how much of it is used, and the largest parts. */
  readonly lines: readonly string[];
}

const mib = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`;

/** Holds a package against AWS Lambda's limits. */
export function packageFit({
  bytes,
  unzippedBytes,
  parts,
}: Pick<FunctionPackageFacts, "bytes" | "unzippedBytes" | "parts">): PackageFit {
  const asZip = unzippedBytes <= packageLimits.unzipped;
  const inOther = asZip ? "s3" : unzippedBytes <= packageLimits.image ? "image" : null;
  const way = asZip && bytes <= packageLimits.direct ? "direct" : inOther;
  const against = (name: string, value: number, limit: number): string =>
    `${name}: ${mib(value)} of ${mib(limit)}${value > limit ? ", TOO LARGE" : ""}`;
  const largest = parts.slice(0, 4).map((part) => `${part.name} ${mib(part.bytes)}`);
  return {
    way,
    lines: [
      against("zip archive, uploaded directly", bytes, packageLimits.direct),
      against("unpacked zip archive, from S3", unzippedBytes, packageLimits.unzipped),
      against("container image", unzippedBytes, packageLimits.image),
      `largest: ${largest.join(", ")}`,
    ],
  };
}
