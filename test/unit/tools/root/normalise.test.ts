import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { clean, level } from "../../../../tools/root/normalise.mjs";
import { epoch } from "../../../../tools/root/recipe.mjs";

const init = new URL("../../../../tools/root/underlay-init", import.meta.url).pathname;

describe("normalise", () => {
  let tree = "";

  beforeEach(() => {
    tree = mkdtempSync(path.join(tmpdir(), "underlay-tree-"));
    for (const file of [
      "etc/ssh/ssh_host_rsa_key",
      "etc/ssh/sshd_config",
      "var/log/dpkg.log",
      "etc/machine-id",
      "tmp/x",
      "usr/bin/su",
    ]) {
      mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
      writeFileSync(path.join(tree, file), "of the machine that made it", { mode: 0o600 });
    }
    writeFileSync(path.join(tree, "etc/resolv.conf"), "nameserver 192.0.2.53");
  });

  afterEach(() => {
    rmSync(tree, { recursive: true });
  });

  it("leaves nothing of the machine that made it", () => {
    clean(tree, init);
    for (const gone of ["etc/ssh/ssh_host_rsa_key", "var/log/dpkg.log", "tmp/x"]) {
      expect(existsSync(path.join(tree, gone)), gone).to.equal(false);
    }
    expect(existsSync(path.join(tree, "etc/ssh/sshd_config"))).to.equal(true);
    for (const emptied of ["etc/machine-id", "etc/resolv.conf"]) {
      expect(readFileSync(path.join(tree, emptied), "utf8"), emptied).to.equal("");
    }
  });

  it("drops entry points and forgets them", () => {
    const packages = path.join(tree, "usr/local/lib/python3.11/dist-packages");
    const record = path.join(packages, "numpy-2.4.6.dist-info/RECORD");
    mkdirSync(path.dirname(record), { recursive: true });
    mkdirSync(path.join(packages, "bin"));
    writeFileSync(
      record,
      "../../bin/f2py,sha256=a,1\nbin/f2py,sha256=a,1\nnumpy/bin/x.py,sha256=b,2\nnumpy/__init__.py,,\n",
    );
    clean(tree, init);
    expect(readFileSync(record, "utf8")).to.equal("numpy/bin/x.py,sha256=b,2\nnumpy/__init__.py,,\n");
    expect(existsSync(path.join(packages, "bin"))).to.equal(false);
  });

  it("has every mount point and the first program of a guest", () => {
    clean(tree, init);
    for (const folder of ["data", "dev", "proc", "run", "sys", "tmp", "var/tmp"]) {
      expect(statSync(path.join(tree, folder)).isDirectory(), folder).to.equal(true);
    }
    expect(statSync(path.join(tree, "usr/local/sbin/underlay-init")).mode & 0o777).to.equal(0o755);
  });

  it("can be read by every user, and has one time", async () => {
    clean(tree, init);
    await level(tree, process.getuid?.() === 0);
    expect(statSync(path.join(tree, "usr/bin/su")).mode & 0o444).to.equal(0o444);
    expect(statSync(path.join(tree, "usr/bin")).mtimeMs).to.equal(epoch * 1000);
    expect(statSync(path.join(tree, "tmp")).mode & 0o7777).to.equal(0o1777);
  });
});
