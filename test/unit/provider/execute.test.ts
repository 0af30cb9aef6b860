import { expect } from "chai";
import { execute, executeAt, executeForBytes, minimalEnvironment } from "../../../provider/execute.ts";
import { rejectionOf } from "../../support/expect-error.ts";

const options = { timeoutSec: 10 };

describe("execute", () => {
  it("gives the standard output without its last line feed", async () => {
    expect(await execute(["printf", "a\\n\\nb\\n\\n"], options)).to.equal("a\n\nb\n");
  });

  it("feeds the standard input, which is empty by default", async () => {
    expect(await execute(["cat"], { ...options, input: "words" })).to.equal("words");
    expect(await execute(["cat"], options)).to.equal("");
  });

  it("gives bytes as they are, valid text or not", async () => {
    const bytes = Uint8Array.from({ length: 266 }, (_, index) => index); // Ends with a line feed.
    expect([...(await executeForBytes(["cat"], { ...options, input: bytes }))]).to.deep.equal([...bytes]);
  });

  it("starts a command on a machine that has it with an argument vector, never through a shell", async () => {
    expect(await execute(["printf", "%s", "$HOME; echo no"], options)).to.equal("$HOME; echo no");
  });

  it("runs in the folder that it is given", async () => {
    expect(await execute(["pwd"], { ...options, cwd: "/usr" })).to.equal("/usr");
  });

  it("runs at the end of a connection", async () => {
    const connection = { hops: [{ argv: ["sh", "-c"], shell: true }] };
    expect(await executeAt(connection, ["printf", "%s", "it's"], options)).to.equal("it's");
  });

  const failures: readonly (readonly [string, string[], RegExp])[] = [
    ["its exit code and its last lines", ["sh", "-c", "echo why >&2; exit 3"], /^sh -c .* ended with 3\.\n {2}why$/],
    ["its output when it wrote no error", ["sh", "-c", "echo told; exit 1"], /ended with 1\.\n {2}told$/],
    ["the signal that ended it", ["sh", "-c", "kill -TERM $$"], /was ended by SIGTERM/],
    ["that there is no such command", ["/no/such/command"], /ended with ENOENT/],
  ];
  for (const [what, argv, pattern] of failures) {
    it(`tells of a command that failed: ${what}`, async () => {
      const { code, message } = await rejectionOf(execute(argv, options));
      expect(code).to.equal("command-failed");
      expect(message).to.match(pattern);
    });
  }

  it("ends a command that takes too long", async () => {
    const { message } = await rejectionOf(execute(["sleep", "60"], { timeoutSec: 0.1 }));
    expect(message).to.match(/sleep 60 did not end within 0\.1 s/);
  });

  it("ends a command when it is cancelled", async () => {
    const cancelled = new AbortController();
    const running = rejectionOf(execute(["sleep", "60"], { ...options, signal: cancelled.signal }));
    cancelled.abort();
    expect((await running).message).to.match(/was cancelled/);
  });
});

describe("the environment of commands", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it("carries no secret on", async () => {
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    process.env["PULUMI_ACCESS_TOKEN"] = "secret";
    expect(await execute(["env"], options)).not.to.include("secret");
  });

  it("leads to the container engine that set-up used", () => {
    process.env["XDG_DATA_HOME"] = "/data/of/user";
    process.env["DOCKER_HOST"] = "unix:///run/user/1000/docker.sock";
    expect(minimalEnvironment()).to.include({
      XDG_DATA_HOME: "/data/of/user",
      DOCKER_HOST: "unix:///run/user/1000/docker.sock",
    });
  });

  it("finds the system's own programs for a user whose PATH has none of them", () => {
    process.env["PATH"] = "/home/user/bin";
    expect(minimalEnvironment()["PATH"]?.split(":")).to.deep.equal([
      ...["/home/user/bin", "/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"],
    ]);
  });
});
