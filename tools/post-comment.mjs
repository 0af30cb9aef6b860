// Puts a text on a pull request of GitHub or a merge request of GitLab as one comment, which is brought up to date when it
// is there. Plain Node without packages: what holds the token runs nothing of the change.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

const usage = `node tools/post-comment.mjs FILE

  Posts FILE, whose first line is the mark that the comment is known by. Of the environment it takes, on GitHub:
  GITHUB_TOKEN, GITHUB_REPOSITORY, PULL_REQUEST (its number) and GITHUB_API_URL; on GitLab: GITLAB_TOKEN, CI_API_V4_URL,
  CI_PROJECT_ID and CI_MERGE_REQUEST_IID.
`;

/**
 * Where comments are, and how they are asked for.
 *
 * @typedef {object} Place
 * @property {string} list Address of the comments.
 * @property {(id: number) => string} one Address of one of them.
 * @property {"PATCH" | "PUT"} change Method that changes one.
 * @property {Readonly<Record<string, string>>} headers Who asks.
 */

/**
 * The place that an environment describes.
 *
 * @param {Readonly<Record<string, string | undefined>>} env Variables.
 * @returns {Place} Where comments are.
 */
export function placeFrom(env) {
  /** @param {string} name A variable. */
  const needed = (name) => {
    const value = env[name] ?? "";
    if (value === "") {
      throw new Error(`${name} is not set.`);
    }
    return value;
  };
  if ((env["CI_MERGE_REQUEST_IID"] ?? "") !== "") {
    const project = encodeURIComponent(needed("CI_PROJECT_ID"));
    const list = `${needed("CI_API_V4_URL")}/projects/${project}/merge_requests/${needed("CI_MERGE_REQUEST_IID")}/notes`;
    const headers = { "private-token": needed("GITLAB_TOKEN") };
    return { list, one: (id) => `${list}/${id}`, change: "PUT", headers };
  }
  const api = env["GITHUB_API_URL"] ?? "https://api.github.com";
  const repository = `${api}/repos/${needed("GITHUB_REPOSITORY")}/issues`;
  return {
    list: `${repository}/${needed("PULL_REQUEST")}/comments`,
    one: (id) => `${repository}/comments/${id}`,
    change: "PATCH",
    headers: {
      authorization: `Bearer ${needed("GITHUB_TOKEN")}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    },
  };
}

/**
 * @param {Place} place Where comments are.
 * @param {string} method Of the request.
 * @param {string} address What is asked.
 * @param {object} [body] What is said.
 * @returns {Promise<unknown>} The answer.
 */
async function ask({ headers }, method, address, body) {
  const answer = await fetch(address, {
    method,
    headers: { ...headers, "content-type": "application/json", "user-agent": "underlay" },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${method} ${address} answered ${answer.status}: ${text.slice(0, 300)}`);
  }
  return JSON.parse(text);
}

/**
 * The comment that begins with a mark; comments come in pages.
 *
 * @param {Place} place Where comments are.
 * @param {string} mark Its first line.
 * @returns {Promise<number | null>} Its id; null when there is none.
 */
async function find(place, mark) {
  const perPage = 100;
  for (let page = 1; ; page += 1) {
    const answer = await ask(place, "GET", `${place.list}?per_page=${perPage}&page=${page}`);
    const comments = /** @type {readonly { id: number, body?: string | null }[]} */ (answer);
    const found = comments.find(({ body }) => body?.startsWith(mark) === true);
    if (found !== undefined) {
      return found.id;
    }
    if (comments.length < perPage) {
      return null;
    }
  }
}

/**
 * Posts a text, or changes the comment that is there into it.
 *
 * @param {string} text Its first line is the mark of the comment.
 * @param {Place} place Where comments are.
 * @returns {Promise<"posted" | "updated">} What was done.
 */
export async function postComment(text, place) {
  const mark = text.split("\n")[0] ?? "";
  if (!/^<!-- .+ -->$/.test(mark)) {
    throw new Error("The first line of the text is no mark, such as <!-- underlay pull-request -->.");
  }
  const id = await find(place, mark);
  await (id === null
    ? ask(place, "POST", place.list, { body: text })
    : ask(place, place.change, place.one(id), { body: text }));
  return id === null ? "posted" : "updated";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean" } } });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || values.help === true) {
    console.error(usage);
    process.exitCode = values.help === true ? 0 : 2;
  } else {
    console.log(await postComment(readFileSync(file, "utf8"), placeFrom(process.env)));
  }
}
