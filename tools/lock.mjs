// One set-up at a time per cache folder. The lock is an abstract socket: the kernel lets go of it however its owner ends.
import { statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";

/**
 * Waits until no other set-up works on the same cache folder, then keeps others out.
 *
 * @param {string} cache The cache folder; must be there.
 * @param {(owner: string) => void} onWait Is told the process id of the set-up that is waited for.
 * @returns {Promise<() => void>} Lets the next one in.
 */
export async function lock(cache, onWait) {
  // A folder has many names, and a container's may be another folder of the same name: its inode tells.
  const { dev, ino } = statSync(cache);
  const address = `\0underlay-setup-${dev}-${ino}`;
  for (;;) {
    const release = await tryLock(address);
    if (release !== null) {
      return release;
    }
    await ended(address, onWait);
  }
}

/**
 * @param {string} address An abstract socket.
 * @returns {Promise<(() => void) | null>} Null when another has it.
 */
async function tryLock(address) {
  const waiting = /** @type {Set<import("node:net").Socket>} */ (new Set());
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => waiting.delete(socket));
    socket.write(String(process.pid));
  });
  const listening = once(server, "listening");
  server.listen(address);
  try {
    await listening;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      return null;
    }
    throw error;
  }
  server.unref();
  return () => {
    server.close();
    waiting.forEach((socket) => socket.destroy());
  };
}

/**
 * Returns when the owner of a lock has ended.
 *
 * @param {string} address An abstract socket.
 * @param {(owner: string) => void} onWait Is told who has it.
 */
async function ended(address, onWait) {
  const socket = connect(address);
  socket.setEncoding("utf8");
  socket.on("data", onWait);
  await new Promise((resolve) => {
    socket.on("error", resolve);
    socket.on("close", resolve);
  });
}
