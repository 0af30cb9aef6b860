/** Docker's own registry, which names of images leave out, as files of logins call it. */
const dockerHub = "https://index.docker.io/v1/";

/** The registry that an image's name begins with, as files of logins call it. */
function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost && first !== "docker.io" ? first : dockerHub;
}

/**
 * The file by which engines and nodes log in at an image's registry, as Docker keeps it (`config.json`).
 *
 * @param image The image, such as `registry.example/team/name:1`.
 * @param username Who logs in.
 * @param password A secret.
 */
export function registryLogin(image: string, username: string, password: string): string {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [registryOf(image)]: { auth } } });
}
