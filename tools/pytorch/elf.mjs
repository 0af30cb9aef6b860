// What is read and changed in a shared library (ELF, 64 bits, little endian): its sections, and what it must find.
import { closeSync, openSync, readSync, writeSync } from "node:fs";

const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const headerBytes = 64;
const sectionBytes = 64;
const symbolBytes = 24;
const dynamicBytes = 16;
const types = { symbols: 11, dynamic: 6 };
const neededTag = 1n;
const weak = 2;
const global = 1;

/**
 * A section.
 *
 * @typedef {object} Section
 * @property {string} name Such as `.dynsym`.
 * @property {number} type Its `sh_type`.
 * @property {number} offset Where it begins in the file, in bytes.
 * @property {number} size Its length in bytes.
 * @property {number} link Number of the section that goes with it.
 */

/**
 * @template T
 * @param {string} file A shared library.
 * @param {"r" | "r+"} mode Whether it is changed.
 * @param {(read: (offset: number, size: number) => Buffer, write: (offset: number, data: Buffer) => void) => T} use Uses it.
 */
function withFile(file, mode, use) {
  const descriptor = openSync(file, mode);
  try {
    const read = (/** @type {number} */ offset, /** @type {number} */ size) => {
      const buffer = Buffer.alloc(size);
      if (readSync(descriptor, buffer, 0, size, offset) !== size) {
        throw new Error(`${file} ends within what it says it has`);
      }
      return buffer;
    };
    if (!read(0, headerBytes).subarray(0, magic.length).equals(magic)) {
      throw new Error(`${file} is no ELF file of 64 bits, little endian`);
    }
    return use(read, (offset, data) => writeSync(descriptor, data, 0, data.length, offset));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * @param {(offset: number, size: number) => Buffer} read Reads the file.
 * @returns {Section[]} Its sections.
 */
function sectionsOf(read) {
  const header = read(0, headerBytes);
  const [count, names] = [header.readUInt16LE(60), header.readUInt16LE(62)];
  const table = read(Number(header.readBigUInt64LE(40)), count * sectionBytes);
  const all = Array.from({ length: count }, (_, index) => table.subarray(index * sectionBytes)).map((entry) => ({
    nameAt: entry.readUInt32LE(0),
    type: entry.readUInt32LE(4),
    offset: Number(entry.readBigUInt64LE(24)),
    size: Number(entry.readBigUInt64LE(32)),
    link: entry.readUInt32LE(40),
  }));
  const text = all[names] === undefined ? Buffer.alloc(0) : read(all[names].offset, all[names].size);
  return all.map(({ nameAt, ...section }) => ({ ...section, name: textAt(text, nameAt) }));
}

/**
 * @param {Buffer} text Texts, each with a zero behind it.
 * @param {number} at Where one begins.
 */
function textAt(text, at) {
  return text.toString("latin1", at, text.indexOf(0, at));
}

/**
 * The sections of a shared library.
 *
 * @param {string} file A shared library.
 * @returns {Section[]} In their order.
 */
export function readSections(file) {
  return withFile(file, "r", sectionsOf);
}

/**
 * The libraries that a shared library names as those it needs.
 *
 * @param {string} file A shared library.
 * @returns {string[]} Such as `libcudart.so.13`.
 */
export function readNeeded(file) {
  return withFile(file, "r", (read) => {
    const sections = sectionsOf(read);
    return sections
      .filter(({ type }) => type === types.dynamic)
      .flatMap(({ offset, size, link }) => {
        const table = read(offset, size);
        const texts = sections[link];
        const text = texts === undefined ? Buffer.alloc(0) : read(texts.offset, texts.size);
        return Array.from({ length: Math.floor(size / dynamicBytes) }, (_, index) => index * dynamicBytes)
          .filter((at) => table.readBigInt64LE(at) === neededTag)
          .map((at) => textAt(text, Number(table.readBigUInt64LE(at + 8))));
      });
  });
}

/**
 * Makes every symbol that a shared library looks for in others one that may be missing: it is found as before where it
 * is there, and is zero where it is not, instead of the library's being refused.
 *
 * @param {string} file A shared library, which is changed.
 */
export function weakenMissing(file) {
  withFile(file, "r+", (read, write) => {
    for (const { offset, size } of sectionsOf(read).filter(({ type }) => type === types.symbols)) {
      const table = read(offset, size);
      for (let at = 0; at + symbolBytes <= size; at += symbolBytes) {
        const info = table.readUInt8(at + 4);
        const defined = table.readUInt16LE(at + 6) !== 0;
        if (!defined && info >> 4 === global) {
          table.writeUInt8((weak << 4) | (info & 15), at + 4);
        }
      }
      write(offset, table);
    }
  });
}
