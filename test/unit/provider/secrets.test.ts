import { expect } from "chai";
import { conceal, reveal, secretNames } from "../../../provider/secrets.ts";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

describe("secrets of the engine", () => {
  const given = {
    open: [1, { a: 2 }],
    whole: secret({ user: "me", password: secret("hidden") }),
    inner: { deep: [secret(3)] },
  };

  it("are put in their places for handlers", () => {
    expect(reveal(given)).to.deep.equal({
      open: [1, { a: 2 }],
      whole: { user: "me", password: "hidden" },
      inner: { deep: [3] },
    });
    expect(reveal(null)).to.equal(null);
  });

  it("are named by the property that holds them, and given back as they came", () => {
    const names = secretNames(given);
    expect([...names]).to.deep.equal(["whole", "inner"]);
    const outputs = { ...(reveal(given) as Record<string, unknown>), more: "plain" };
    const back = conceal(outputs, names);
    expect(back["whole"]).to.deep.equal(secret({ user: "me", password: "hidden" }));
    expect(back["inner"]).to.deep.equal(secret({ deep: [3] }));
    expect(back).to.deep.include({ more: "plain", open: [1, { a: 2 }] });
    expect(reveal(back)).to.deep.equal(outputs);
  });
});
