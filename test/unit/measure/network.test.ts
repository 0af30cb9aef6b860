import { expect } from "chai";
import fc from "fast-check";
import {
  addressIn,
  ethernetAddressOf,
  ipv4Schema,
  isHostOf,
  overlaps,
  reachedAt,
  subnetSchema,
} from "../../../measure/network.ts";

const byte = fc.integer({ min: 0, max: 255 });
/** A subnet, with how many hosts it has. */
const subnet = fc.tuple(byte, byte, byte, byte, fc.integer({ min: 16, max: 30 })).map(([a, b, c, d, prefix]) => {
  const size = 2 ** (32 - prefix);
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = number - (number % size);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return { text: `${bytes.join(".")}/${String(prefix)}`, hosts: size - 2 };
});

describe("addresses of a network", () => {
  it("are counted from the first of the range", () => {
    expect(addressIn("198.18.0.0/24", 1)).to.equal("198.18.0.1");
    expect(addressIn("198.18.0.0/16", 256)).to.equal("198.18.1.0");
    expect(addressIn("255.255.255.252/30", 2)).to.equal("255.255.255.254");
  });

  it("are none beyond the range, nor its first and last", () => {
    expect([-1, 0, 3, 4].map((index) => addressIn("198.18.0.0/30", index))).to.deep.equal([null, null, null, null]);
    expect(["198.18.0.0", "198.18.0.3", "198.18.1.1"].map((each) => isHostOf("198.18.0.0/30", each))).to.deep.equal([
      false,
      false,
      false,
    ]);
  });

  it("are hosts of their own range, each of another index another", () => {
    fc.assert(
      fc.property(subnet, fc.nat(), fc.nat(), ({ text, hosts }, one, other) => {
        const [a, b] = [addressIn(text, 1 + (one % hosts)), addressIn(text, 1 + (other % hosts))];
        expect(subnetSchema.safeParse(text).success).to.equal(true);
        expect(ipv4Schema.safeParse(a).success && isHostOf(text, a ?? "")).to.equal(true);
        expect(a === b).to.equal(one % hosts === other % hosts);
      }),
    );
  });

  it("overlap when one range holds the other's", () => {
    expect(overlaps("198.18.0.0/24", "198.18.0.128/25")).to.equal(true);
    expect(overlaps("198.18.0.128/25", "198.18.0.0/24")).to.equal(true);
    expect(overlaps("198.18.0.0/25", "198.18.0.128/25")).to.equal(false);
  });

  for (const [text, why] of [
    ["198.18.0.0", "IPv4 addresses from /16 to /30"],
    ["198.0.0.0/8", "from /16 to /30"],
    ["198.18.0.256/24", "begin with an IPv4 address"],
    ["198.18.0.1/24", "begin with the first address"],
  ] as const) {
    it(`are not to be had of ${text}`, () => {
      const [issue] = subnetSchema.safeParse(text).error?.issues ?? [];
      expect(issue?.message).to.include(why);
    });
  }

  it("are four bytes", () => {
    for (const text of ["1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4.", "01.2.3.4a", "", "::1"]) {
      expect(ipv4Schema.safeParse(text).success, text).to.equal(false);
    }
  });

  it("give each device an Ethernet address that is no vendor's", () => {
    expect(ethernetAddressOf("198.18.0.5")).to.equal("02:75:c6:12:00:05");
  });

  it("of a container on an overlay are not its host's", () => {
    expect(reachedAt({ address: "198.18.0.1", overlayAddress: "198.19.0.1" })).to.equal("198.19.0.1");
    expect(reachedAt({ address: "198.18.0.1", overlayAddress: null })).to.equal("198.18.0.1");
  });
});
