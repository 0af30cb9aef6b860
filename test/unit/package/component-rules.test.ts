import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { complaintsAbout, type Source } from "../../support/component-rules.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** Every TypeScript file below a folder. */
function sourcesIn(folder: string): Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(path.join(root, folder, name), "utf8") }));
}

const good = `
/** Arguments of a {@link Box}. */
export interface BoxArgs {
  /** Its width, in metres. */
  readonly width: number;
  /** Its height, in metres. @default 1 */
  readonly height?: number;
}
/** A box. */
export class Box extends pulumi.ComponentResource {
  static readonly type = "underlay:local:Box";
  readonly size: pulumi.Output<number>;
  constructor(name: string, args: BoxArgs, opts?: pulumi.ComponentResourceOptions) {
    super(Box.type, name, {}, opts);
    this.size = pulumi.output(args.width).apply((width) => width * (args.height ?? 1));
    this.registerOutputs({ size: this.size });
  }
}`;

/** What is said about the good component after one change. */
function complaintsAfter(from: string, to: string): string[] {
  expect(good).to.include(from);
  return complaintsAbout([{ path: "box.ts", text: good.replace(from, to) }], ["Sandbox"]).complaints;
}

describe("the rules of components", () => {
  it("hold for every component and every workload", () => {
    const sources = ["components", "workloads"].flatMap(sourcesIn);
    const { components, complaints } = complaintsAbout(sources, ["Sandbox", "Measurement", "Run"]);
    expect(complaints).to.deep.equal([]);
    expect(components).to.include.members(["BareMetalHost", "VmHost", "ContainerHost", "Training"]);
  });

  it("accept a component that keeps to them", () => {
    expect(complaintsAbout([{ path: "box.ts", text: good }])).to.deep.equal({ components: ["Box"], complaints: [] });
  });

  const changes: readonly (readonly [string, string, string])[] = [
    ["readonly width", "width", "BoxArgs.width is not readonly"],
    ["/** Its width, in metres. */", "", "BoxArgs.width has no documentation"],
    [" @default 1", "", "BoxArgs.height is optional without @default"],
    ["height?:", "height:", "BoxArgs.height has a @default and is required"],
    ["export interface", "interface", "BoxArgs is not exported"],
    ["this.registerOutputs(", "this.publish(", "Box does not call registerOutputs"],
    ["underlay:local:Box", "underlay:local:Crate", 'Box has the type token "underlay:local:Crate"'],
    ['  static readonly type = "underlay:local:Box";', "", "Box has no static type token"],
    ["super(Box.type", 'super("underlay:local:Box"', "Box writes its type token more than once"],
    ["(name: string, args: BoxArgs, opts?", "(args: BoxArgs, opts?", "Box is constructed with (args, opts?)"],
    ["readonly size", "size", "Box.size is not readonly"],
    ["=> width * (args.height ?? 1)", '=> new Sandbox("a", { width })', "box.ts makes a Sandbox inside apply"],
  ];
  for (const [from, to, complaint] of changes) {
    it(`say: ${complaint}`, () => {
      const complaints = complaintsAfter(from, to);
      expect(complaints).to.have.lengthOf(1);
      expect(complaints[0]).to.include(complaint);
    });
  }
});
