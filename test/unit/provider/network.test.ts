import { expect } from "chai";
import { networkInputsSchema } from "../../../provider/inputs.ts";
import { sharedName } from "../../../provider/leftovers.ts";
import { networkHandler } from "../../../provider/network.ts";
import { namespaceStands } from "../../../provider/network/namespace.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { freshRunId, TemporaryHomes } from "../../support/machine-file.ts";
import { quietOperation } from "../../support/operation.ts";

describe("a network", () => {
  const runId = freshRunId();
  const inputs = networkInputsSchema.parse({ name: "lan", runId });
  const warnings: string[] = [];
  const operation = quietOperation(warnings);
  const { getuid } = process;
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
  });
  afterEach(() => {
    if (getuid !== undefined) {
      process.getuid = getuid;
    }
    homes.restore();
  });

  it("is refused whole to a user who is not root, with the reason", async () => {
    process.getuid = () => 1000;
    const error = await rejectionOf(networkHandler.create(inputs, operation));
    expect(error.code).to.equal("network-needs-root");
    expect(error.message).to.match(/this user has the id 1000/);
    expect(error.hint).to.match(/Run as root, or leave out `network`/);
    expect(namespaceStands(sharedName(runId, "lan"))).to.equal(false);
  });

  it("that is gone is noticed; to remove it again is no error", async () => {
    expect(await networkHandler.read("", inputs, {}, operation)).to.equal(null);
    expect(warnings).to.deep.equal(['The network "lan" is gone: it no longer is on this machine.']);
    await networkHandler.delete("", inputs, {}, operation);
  });
});
