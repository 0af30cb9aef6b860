/** What is written to a standard stream of this process while the work runs; none of it is printed. */
export async function captured(stream: "stdout" | "stderr", work: () => unknown): Promise<string> {
  const target = process[stream];
  const before = target.write.bind(target);
  let text = "";
  target.write = (chunk: string | Uint8Array): boolean => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    return true;
  };
  try {
    await work();
  } finally {
    target.write = before;
  }
  return text;
}
