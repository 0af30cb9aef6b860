// A server that answers after `?ms=` milliseconds, as exactly as it can, and says in the body how long it really took.
import { createServer } from "node:http";
import { setPriority } from "node:os";

/** A timer may be a millisecond late and its grain is one: the rest is waited for by looking at the clock. */
const marginMs = 2;
/** @type {{ due: number, answer: () => void }[]} */
const near = [];

function look() {
  const now = performance.now();
  for (const each of near.splice(0)) {
    if (each.due <= now) each.answer();
    else near.push(each);
  }
  if (near.length > 0) setImmediate(look);
}

try {
  // Beside other work, the server would be late and not the generator that is looked at.
  setPriority(-10);
} catch {
  // Only some users may.
}

const server = createServer((request, response) => {
  const from = performance.now();
  const ms = Number(new URL(request.url ?? "/", "http://localhost").searchParams.get("ms"));
  const answer = () => {
    const service = (performance.now() - from) / 1000;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ coldStart: false, timings: { service } }));
  };
  const wait = () => {
    near.push({ due: from + ms, answer });
    if (near.length === 1) setImmediate(look);
  };
  if (ms === 0) answer();
  else if (ms > marginMs) setTimeout(wait, ms - marginMs);
  else wait();
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${String(typeof address === "object" ? address?.port : 0)}\n`);
});
process.stdin.resume().on("end", () => process.exit(0));
