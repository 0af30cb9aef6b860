import { expect } from "chai";
import { commandLine, through } from "../../../provider/connection.ts";
import { limited, sshConnection, sshHostHandler } from "../../../provider/ssh-host.ts";
import { endsInLogin } from "../../../provider/ssh-hop.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { quietOperation } from "../../support/operation.ts";

const inputs = (more: Record<string, unknown> = {}) =>
  sshHostHandler.schema.parse({ environment: "vm", address: "192.0.2.7", user: "debian", ...more });

describe("the way into a host over ssh", () => {
  it("checks the host's key against the user's own, and asks nobody", () => {
    const line = commandLine(sshConnection(inputs()), ["uname", "-a"]);
    expect(line.slice(0, 2)).to.deep.equal(["ssh", "-T"]);
    expect(line).to.include.members(["BatchMode=yes", "StrictHostKeyChecking=yes"]);
    expect(line.slice(-7)).to.deep.equal(["-p", "22", "-l", "debian", "--", "192.0.2.7", "uname -a"]);
    expect(line.join(" ")).to.not.include("UserKnownHostsFile");
  });

  it("trusts the given key alone", () => {
    const line = commandLine(sshConnection(inputs({ port: 2222, hostKey: "ssh-ed25519 AAAA" })), ["true"]);
    expect(line).to.include.members([
      "KnownHostsCommand=/bin/echo [192.0.2.7]:2222 ssh-ed25519 AAAA",
      "UserKnownHostsFile=/dev/null",
      "GlobalKnownHostsFile=/dev/null",
    ]);
  });

  it("goes through others, with another key", () => {
    const line = commandLine(sshConnection(inputs({ jump: "me@gate:22,inner", identityFile: "/keys/id" })), ["true"]);
    expect(line).to.include.members(["ProxyJump=me@gate:22,inner", "IdentityFile=/keys/id"]);
  });

  it("checks the key against another file of known hosts, and holds programs to their CPUs and memory", () => {
    const given = inputs({ knownHostsFile: "/keys/known", cpus: 4, firstCpu: 8, memoryMiB: 1024 });
    const line = commandLine(limited(sshConnection(given), given), ["nproc"]);
    expect(line).to.include.members(["UserKnownHostsFile=/keys/known", "StrictHostKeyChecking=yes"]);
    expect(line.at(-1)).to.equal("taskset --cpu-list 8-11 prlimit '--data=1073741824' nproc");
    expect(limited(sshConnection(inputs()), inputs())).to.deep.equal(sshConnection(inputs()));
  });

  it("ends at a login, whatever its programs are given, and not in a container there or in a guest of this machine", () => {
    const given = inputs({ cpus: 1, memoryMiB: 64 });
    const login = limited(sshConnection(given), given);
    const at = (argv: string[], before = login) => endsInLogin(through(before, { argv, shell: false }));
    expect(endsInLogin(login)).to.equal(true);
    expect(at(["env", "PATH=/packages/bin"])).to.equal(true);
    expect(at(["sh", "-c", 'exec podman "$@"', "podman", "exec", "contained"])).to.equal(false);
    expect(endsInLogin({ hops: [] })).to.equal(false);
    expect(at(["ssh", "root@10.0.0.2"], { hops: [{ argv: ["nsenter", "--target", "1"], shell: false }] })).to.equal(
      false,
    );
  });

  const wrong: readonly (readonly [string, string])[] = [
    ["address", "-oProxyCommand=id"],
    ["address", "host name"],
    ["user", "-l"],
    ["jump", "-oProxyCommand=id"],
    ["hostKey", "ssh-ed25519 AAAA; id"],
    ["hostKey", "ssh-ed25519 AAAA comment"],
    ["identityFile", "key"],
    ["knownHostsFile", "/a file"],
  ];
  for (const [name, value] of wrong) {
    it(`takes no ${name} like ${value}`, () => {
      const parsed = sshHostHandler.schema.safeParse({ environment: "vm", address: "a", user: "b", [name]: value });
      expect(parsed.error?.issues[0]?.path).to.deep.equal([name]);
    });
  }

  it("says that a host cannot be reached, once its time is over", async () => {
    // Nobody listens on the discard port of this machine's own loopback.
    const unreachable = inputs({ address: "127.0.0.1", port: 9, readyTimeoutSec: 1 });
    const error = await rejectionOf(sshHostHandler.create(unreachable, quietOperation()));
    expect(error.code).to.equal("ssh-unreachable");
    expect(error.message).to.include("Connection refused");
  });
});
