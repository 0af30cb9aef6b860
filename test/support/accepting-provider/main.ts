// Stands in for a cloud's provider in previews: it takes every input as it is, and makes nothing.
import { main, type Provider } from "@pulumi/pulumi/provider/index.js";

const refuse = (): never => {
  throw new Error("this provider is for previews alone");
};

/** The inputs, with the name and the namespace that the provider of Kubernetes gives before anything is made. */
function accepted(urn: string, news: Readonly<Record<string, unknown>>): object {
  if (!urn.includes("kubernetes:")) return news;
  const metadata = { name: `${urn.split("::").at(-1) ?? ""}-0123abcd`, namespace: "default" };
  return { ...news, metadata: { ...metadata, ...(news["metadata"] as object | undefined) } };
}

const provider: Provider = {
  version: "0.0.1",
  check: (urn, _olds, news: Record<string, unknown>) => Promise.resolve({ inputs: accepted(urn, news) }),
  diff: () => Promise.resolve({ changes: false }),
  create: refuse,
  update: refuse,
  delete: refuse,
};

await main(provider, process.argv.slice(2));
