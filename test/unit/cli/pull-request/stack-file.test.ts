import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configOfStack } from "../../../../cli/pull-request/stack-file.ts";
import { UnderlayError } from "../../../../measure/error.ts";

describe("configOfStack", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "stack-file-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const write = (text: string): void => {
    writeFileSync(join(root, "Pulumi.prod.yaml"), text);
  };

  it("reads values as the engine has them, what is given before what the file says", () => {
    write("encryptionsalt: v1:abc\nconfig:\n  cpus: 4\n  underlay:gpus: '1'\n  aws:tags: { a: b }\n");
    expect(configOfStack(root, "prod", { "underlay:gpus": "2" })).to.deep.equal({
      "underlay:cpus": "4",
      "underlay:gpus": "2",
      "aws:tags": '{"a":"b"}',
    });
  });

  it("is nothing where there is no file, and no configuration where it is empty", () => {
    expect(configOfStack(root, "prod", {})).to.equal(null);
    write("");
    expect(configOfStack(root, "prod", {})).to.deep.equal({});
  });

  it("refuses what is encrypted, unless a value is given for it, and what is no stack's file", () => {
    write("config:\n  underlay:image:\n    secure: v1:xyz\n");
    expect(() => configOfStack(root, "prod", {})).to.throw(UnderlayError, /keeps underlay:image encrypted/);
    expect(configOfStack(root, "prod", { "underlay:image": "i" })).to.deep.equal({ "underlay:image": "i" });
    write("config: 3\n");
    expect(() => configOfStack(root, "prod", {})).to.throw(UnderlayError, /is no stack's file/);
  });
});
