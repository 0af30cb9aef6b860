import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { readNeeded, readSections, weakenMissing } from "../../../../tools/pytorch/elf.mjs";

const bytes = { header: 64, section: 64, symbol: 24, dynamic: 16 };
const binding = { local: 0, global: 1, weak: 2 };
const functionType = 2;

function symbol(bound: number, section: number): Buffer {
  const entry = Buffer.alloc(bytes.symbol);
  entry.writeUInt8((bound << 4) | functionType, 4);
  entry.writeUInt16LE(section, 6);
  entry.writeBigUInt64LE(0x1234n, 8);
  return entry;
}

function dynamic(tag: number, value: number): Buffer {
  const entry = Buffer.alloc(bytes.dynamic);
  entry.writeBigInt64LE(BigInt(tag), 0);
  entry.writeBigUInt64LE(BigInt(value), 8);
  return entry;
}

/** A shared library as far as it is read: texts, symbols and the dynamic section, and a table of all of them. */
function library(symbols: readonly Buffer[], needed: readonly string[]): Buffer {
  const names = ["", ".dynstr", ".dynsym", ".dynamic"];
  const at = (texts: readonly string[], text: string): number =>
    Buffer.byteLength(texts.slice(0, texts.indexOf(text)).join("\0")) + 1;
  const texts = ["", ...names.slice(1), ...needed];
  const contents = [
    { type: 3, link: 0, data: Buffer.from(`${texts.join("\0")}\0`) },
    { type: 11, link: 1, data: Buffer.concat(symbols) },
    { type: 6, link: 1, data: Buffer.concat([...needed.map((name) => dynamic(1, at(texts, name))), dynamic(0, 0)]) },
  ];
  let offset = bytes.header;
  const table = [Buffer.alloc(bytes.section)];
  for (const [index, { type, link, data }] of contents.entries()) {
    const entry = Buffer.alloc(bytes.section);
    entry.writeUInt32LE(at(texts, names[index + 1]!), 0);
    entry.writeUInt32LE(type, 4);
    entry.writeBigUInt64LE(BigInt(offset), 24);
    entry.writeBigUInt64LE(BigInt(data.length), 32);
    entry.writeUInt32LE(link, 40);
    table.push(entry);
    offset += data.length;
  }
  const header = Buffer.alloc(bytes.header);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]).copy(header);
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(table.length, 60);
  header.writeUInt16LE(1, 62);
  return Buffer.concat([header, ...contents.map(({ data }) => data), ...table]);
}

describe("a shared library", () => {
  let folder = "";
  let file = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-elf-"));
    file = path.join(folder, "lib.so");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("tells its sections and what it needs", () => {
    writeFileSync(file, library([symbol(binding.local, 0)], ["libcudart.so.13", "libc.so.6"]));
    expect(readSections(file).map(({ name }) => name)).to.deep.equal(["", ".dynstr", ".dynsym", ".dynamic"]);
    expect(readNeeded(file)).to.deep.equal(["libcudart.so.13", "libc.so.6"]);
  });

  it("may lack, afterwards, what it does not define, and nothing else of it changes", () => {
    const before = [
      [binding.local, 0],
      [binding.global, 0],
      [binding.weak, 0],
      [binding.global, 7],
    ] as const;
    const after = [
      [binding.local, 0],
      [binding.weak, 0],
      [binding.weak, 0],
      [binding.global, 7],
    ] as const;
    writeFileSync(
      file,
      library(
        before.map(([bound, section]) => symbol(bound, section)),
        ["libm.so.6"],
      ),
    );
    weakenMissing(file);
    expect(readFileSync(file)).to.deep.equal(
      library(
        after.map(([bound, section]) => symbol(bound, section)),
        ["libm.so.6"],
      ),
    );
  });

  it("is refused when it is none", () => {
    writeFileSync(file, Buffer.alloc(100));
    expect(() => readNeeded(file)).to.throw("is no ELF file");
    writeFileSync(file, library([], []).subarray(0, 80));
    expect(() => readSections(file)).to.throw("ends within what it says it has");
  });
});
