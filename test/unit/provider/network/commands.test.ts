import { expect } from "chai";
import {
  addressCommands,
  linkCommands,
  portName,
  shapeCommands,
  tapCommands,
} from "../../../../provider/network/link.ts";
import { type Command, networkCommands, runAll } from "../../../../provider/network/namespace.ts";
import { overlayCommands } from "../../../../provider/network/overlay.ts";
import { rejectionOf } from "../../../support/expect-error.ts";
import { networkLink } from "../../../support/provider-inputs.ts";

const lines = (commands: readonly Command[]): string[] => commands.map((command) => command.join(" "));

describe("the commands of a network are, word by word,", () => {
  it("those of a namespace with a bridge and nothing else", () => {
    expect(lines(networkCommands("underlay-r0123abcde-lan"))).to.deep.equal([
      "ip netns add underlay-r0123abcde-lan",
      "nsenter --net=/run/netns/underlay-r0123abcde-lan ip link add bridge0 type bridge mcast_snooping 0 stp_state 0 forward_delay 0",
      "nsenter --net=/run/netns/underlay-r0123abcde-lan ip link set bridge0 up",
    ]);
  });

  it("those of a link whose rate is held at both ends", () => {
    const ends = { network: "net", port: "port-1", host: "/run/netns/host" };
    const tbf = "root tbf rate 1000mbit burst 125000 latency 20ms";
    expect(lines(linkCommands(networkLink(), ends))).to.deep.equal([
      "nsenter --net=/run/netns/net ip link add port-1 type veth peer name eth0 netns /run/netns/host",
      "nsenter --net=/run/netns/net ip link set port-1 mtu 1500",
      "nsenter --net=/run/netns/host ip link set eth0 mtu 1500",
      `nsenter --net=/run/netns/net tc qdisc add dev port-1 ${tbf}`,
      `nsenter --net=/run/netns/host tc qdisc add dev eth0 ${tbf}`,
      "nsenter --net=/run/netns/net ip link set port-1 master bridge0 up",
    ]);
    expect(lines(addressCommands("/run/netns/host", "198.18.0.1", "198.18.0.0/24"))).to.deep.equal([
      "nsenter --net=/run/netns/host ip address add 198.18.0.1/24 dev eth0",
      "nsenter --net=/run/netns/host ip link set eth0 up",
      "nsenter --net=/run/netns/host ip link set lo up",
    ]);
  });

  it("those of a delay before the rate, with room for what is under way", () => {
    expect(lines(shapeCommands("/run/netns/h", "eth0", 100, 15))).to.deep.equal([
      "nsenter --net=/run/netns/h tc qdisc add dev eth0 root handle 1: netem limit 1125 delay 15ms",
      "nsenter --net=/run/netns/h tc qdisc add dev eth0 parent 1:1 handle 2: tbf rate 100mbit burst 12500 latency 20ms",
    ]);
  });

  it("those of a bucket that takes two full packets even at a low rate", () => {
    expect(lines(shapeCommands("/n", "eth0", 1, 0))).to.deep.equal([
      "nsenter --net=/n tc qdisc add dev eth0 root tbf rate 1mbit burst 3100 latency 20ms",
    ]);
  });

  it("those of a guest's tap on a bridge with the link", () => {
    expect(lines(tapCommands("/proc/12/ns/net", "tap1")).slice(1)).to.deep.equal([
      "nsenter --net=/proc/12/ns/net ip link set bridge0 up",
      "nsenter --net=/proc/12/ns/net ip link set tap1 master bridge0 up",
      "nsenter --net=/proc/12/ns/net ip link set eth0 master bridge0 up",
    ]);
  });

  it("those of an overlay: a VXLAN device as flannel's, handed into the container", () => {
    const ends = {
      ...{ host: ["in-host"], device: "eth0", hostAddress: "198.18.0.1" },
      ...{ container: "box", inside: ["in-box"], address: "198.19.0.7", subnet: "198.19.0.0/24" },
    };
    expect(lines(overlayCommands(ends))).to.deep.equal([
      "ip netns add box",
      "in-host ip link add overlay0 mtu 1450 type vxlan id 1 dstport 8472 group 239.255.0.1 dev eth0 local 198.18.0.1",
      "in-host ip link set overlay0 netns box",
      "in-box ip link set overlay0 name eth0",
      "in-box ip address add 198.19.0.7/24 dev eth0",
      "in-box ip link set eth0 up",
      "in-box ip link set lo up",
    ]);
  });

  it("run one after the other, up to the first that fails", async () => {
    const ran: string[] = [];
    const error = await rejectionOf(
      runAll([["one"], ["two"], ["three"]], ([word = ""]) => {
        ran.push(word);
        return word === "two" ? Promise.reject(new Error("two ended with 2.")) : Promise.resolve("");
      }),
    );
    expect(ran).to.deep.equal(["one", "two"]);
    expect(error.code).to.equal("network-unavailable");
    expect(error.message).to.include("two ended with 2.");
  });
});

describe("the name of a link's end in the network", () => {
  it("fits a device's name, however long the sandbox's is, and is its own", () => {
    const long = "w".repeat(48);
    expect(portName(long)).to.match(/^port-[0-9a-f]{8}$/);
    expect(portName(long)).not.to.equal(portName(`${long.slice(1)}x`));
  });
});
