/** What a bill of materials lists. */
export interface SbomArgs {
  readonly name: string;
  readonly version: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** Debian's packages of the base; empty where it is an image of a registry, which has a bill of its own. */
  readonly debian: readonly { readonly name: string; readonly version: string }[];
  readonly models: readonly { readonly path: string; readonly sha256: string }[];
}

/** The normalised name of a distribution (PEP 503), as package URLs have it. */
const normalised = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

/**
 * A bill of materials in CycloneDX 1.6. It says no time and no number of its own, so that equal images have equal ones.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function sbomOf({ name, version, packages, debian, models }: SbomArgs): string {
  const libraries = packages.map((each) => ({ ...each, name: normalised(each.name) }));
  const python = libraries.map((each) => {
    const purl = `pkg:pypi/${each.name}@${encodeURIComponent(each.version)}`;
    return { type: "library", "bom-ref": purl, ...each, purl };
  });
  const system = debian.map((each) => {
    const purl = `pkg:deb/debian/${encodeURIComponent(each.name)}@${encodeURIComponent(each.version)}`;
    return { type: "library", "bom-ref": purl, ...each, purl };
  });
  const learned = models.map(({ path, sha256 }) => ({
    type: "machine-learning-model",
    "bom-ref": `model:${path}`,
    name: path,
    hashes: [{ alg: "SHA-256", content: sha256 }],
  }));
  const root = `service:${name}`;
  const components = [...python, ...system, ...learned];
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": root, name, version } },
    components,
    dependencies: [{ ref: root, dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
