import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { placeFrom, postComment } from "../../../tools/post-comment.mjs";

interface Comment {
  readonly id: number;
  body: string;
}

describe("postComment", () => {
  const comments: Comment[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      asked.push(`${method} ${url} ${String(headers.authorization ?? headers["private-token"])}`);
      const { body = "" } = text === "" ? {} : (JSON.parse(text) as { body?: string });
      if (method === "GET") {
        const page = Number(new URL(url, "http://host").searchParams.get("page"));
        response.end(JSON.stringify(comments.slice((page - 1) * 100, page * 100)));
        return;
      }
      const id = Number(url.split("/").at(-1));
      const known = comments.find((comment) => comment.id === id);
      if (known === undefined) comments.push({ id: 1000 + comments.length, body });
      else known.body = body;
      response.end(JSON.stringify({ id }));
    });
  });
  let api: string;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    api = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    comments.splice(0);
    asked.splice(0);
  });

  const text = "<!-- underlay pull-request -->\nfirst";
  const github = () => ({ GITHUB_API_URL: api, GITHUB_REPOSITORY: "a/b", PULL_REQUEST: "7", GITHUB_TOKEN: "secret" });
  const gitlab = () => ({ CI_API_V4_URL: api, CI_PROJECT_ID: "5", CI_MERGE_REQUEST_IID: "8", GITLAB_TOKEN: "secret" });

  it("posts one comment on GitHub, and brings it up to date behind two pages of others", async () => {
    for (let id = 1; id <= 150; id += 1) comments.push({ id, body: "somebody's" });
    expect(await postComment(text, placeFrom(github()))).to.equal("posted");
    expect(await postComment(text.replace("first", "second"), placeFrom(github()))).to.equal("updated");
    expect(comments).to.have.length(151);
    expect(comments.at(-1)?.body).to.equal(text.replace("first", "second"));
    expect(asked.at(-1)).to.match(/^PATCH \/repos\/a\/b\/issues\/comments\/1150 Bearer secret$/);
  });

  it("does the same on GitLab", async () => {
    expect(await postComment(text, placeFrom(gitlab()))).to.equal("posted");
    expect(await postComment(text, placeFrom(gitlab()))).to.equal("updated");
    expect(comments).to.have.length(1);
    expect(asked.at(-1)).to.equal("PUT /projects/5/merge_requests/8/notes/1000 secret");
  });

  it("says what is missing, and takes no text without its mark", async () => {
    expect(() => placeFrom({ ...github(), GITHUB_TOKEN: "" })).to.throw("GITHUB_TOKEN is not set");
    const refused = await postComment("hello", placeFrom(github())).catch((thrown: unknown) => String(thrown));
    expect(refused).to.include("no mark");
    expect(asked).to.deep.equal([]);
  });
});
