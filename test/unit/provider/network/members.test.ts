import { readFileSync, statSync } from "node:fs";
import { expect } from "chai";
import {
  closeNetwork,
  enter,
  hostsFile,
  leave,
  type Member,
  openNetwork,
  tellGuests,
} from "../../../../provider/network/members.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { freshRunId, TemporaryHomes } from "../../../support/machine-file.ts";
import { hostAttachment } from "../../../support/provider-inputs.ts";

function member(owner: string, attachment: Partial<Member["attachment"]>, guest: Member["guest"] = null): Member {
  return { owner, attachment: { ...hostAttachment, hostName: owner, ...attachment }, guest };
}

const container = { overlay: "vxlan" } as const;

describe("the members of a network", () => {
  let homes: TemporaryHomes;
  const runId = freshRunId();
  const table = (): string => readFileSync(hostsFile(runId, "lan"), "utf8");

  beforeEach(() => {
    homes = new TemporaryHomes();
    openNetwork(runId, "lan");
  });
  afterEach(() => {
    homes.restore();
  });

  it("are known by name, each at the address where it is reached", () => {
    enter(runId, member("one", { address: "198.18.0.1" }));
    enter(runId, member("box", { ...container, address: "198.18.0.1", overlayAddress: "198.19.0.1" }));
    expect(table()).to.equal("127.0.0.1\tlocalhost\n198.19.0.1\tbox\n198.18.0.1\tone\n");
    leave(runId, "lan", "box");
    expect(table()).to.equal("127.0.0.1\tlocalhost\n198.18.0.1\tone\n");
  });

  it("see one and the same file, which is never put in another's place", () => {
    const { ino } = statSync(hostsFile(runId, "lan"));
    enter(runId, member("one", {}));
    leave(runId, "lan", "one");
    expect(statSync(hostsFile(runId, "lan")).ino).to.equal(ino);
  });

  it("may enter again, as a guest does once it can be reached", () => {
    enter(runId, member("guest", {}));
    enter(runId, member("guest", {}, { hops: [] }));
    expect(table()).to.equal("127.0.0.1\tlocalhost\n198.18.0.1\tguest\n");
  });

  it("share their host's address when they are containers on its link", () => {
    enter(runId, member("one", { address: "198.18.0.1" }));
    enter(runId, member("box", { overlay: "host", address: "198.18.0.1" }));
    expect(table()).to.equal("127.0.0.1\tlocalhost\n198.18.0.1\tbox\n198.18.0.1\tone\n");
  });

  const taken: readonly (readonly [string, Member, RegExp])[] = [
    ["address", member("two", { address: "198.18.0.1" }), /one already has the address 198\.18\.0\.1/],
    ["name", member("two", { address: "198.18.0.2", hostName: "one" }), /one already has the name "one"/],
    [
      "overlay",
      member("two", { ...container, address: "198.18.0.9", overlayAddress: "198.19.0.2" }),
      /box already has the overlay of the host 198\.18\.0\.9/,
    ],
  ];
  for (const [what, own, why] of taken) {
    it(`do not take another's ${what}`, () => {
      enter(runId, member("one", { address: "198.18.0.1" }));
      enter(runId, member("box", { ...container, address: "198.18.0.9", overlayAddress: "198.19.0.1" }));
      const before = table();
      const error = errorOf(() => {
        enter(runId, own);
      });
      expect(error.code).to.equal("network-taken");
      expect(error.message).to.match(why);
      expect(table()).to.equal(before);
    });
  }

  it("cannot enter a network that is not there; to leave it is no error", () => {
    closeNetwork(runId, "lan");
    const error = errorOf(() => {
      enter(runId, member("one", {}));
    });
    expect(error.code).to.equal("network-missing");
    leave(runId, "lan", "one");
  });

  it("that are guests are told; one that cannot be reached is named and hinders nobody", async () => {
    const told = homes.folder("told");
    const guest = { hops: [{ argv: ["env", `-C`, told, "sh", "-c", "cat > hosts", "sh"], shell: false }] };
    enter(runId, member("dead", { address: "198.18.0.2" }, { hops: [{ argv: ["false"], shell: false }] }));
    enter(runId, member("alive", { address: "198.18.0.3" }, guest));
    const failures = await tellGuests(runId, "lan", {});
    expect(failures).to.have.lengthOf(1);
    expect(failures[0]).to.match(/^dead could not be told the names of the network "lan"/);
    expect(readFileSync(`${told}/hosts`, "utf8")).to.equal(table());
  });
});
