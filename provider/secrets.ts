import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";

type Properties = Record<string, unknown>;

function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: unknown): value is { readonly value: unknown } {
  return isRecord(value) && value[specialSigKey] === specialSecretSig;
}

function holdsSecret(value: unknown): boolean {
  return isSecret(value) || (typeof value === "object" && value !== null && Object.values(value).some(holdsSecret));
}

/** What the engine hands over, with the values of its secrets in their places. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) {
    return reveal(value.value);
  }
  if (Array.isArray(value)) {
    return value.map(reveal);
  }
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]))
    : value;
}

/** Names of the properties that are secret, or hold a secret anywhere. */
export function secretNames(properties: Properties): ReadonlySet<string> {
  return new Set(Object.keys(properties).filter((key) => holdsSecret(properties[key])));
}

/** Makes secrets of the properties of these names, as the engine knows them. */
export function conceal(properties: Properties, names: ReadonlySet<string>): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) =>
      names.has(key) && value !== undefined ? [key, { [specialSigKey]: specialSecretSig, value }] : [key, value],
    ),
  );
}
