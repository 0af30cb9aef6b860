// The site of Pulumi's makers, where programs are downloaded.

/** It answers within a second; whoever is offline should not wait much longer, in ms. */
const patience = 5000;

/**
 * Whether the site has a file, and can be reached from here.
 *
 * @param {string} file Its path, such as `install.sh`.
 * @returns {Promise<boolean>} Whether it has.
 */
export async function siteHas(file) {
  try {
    const answer = await fetch(`https://get.pulumi.com/${file}`, {
      method: "HEAD",
      signal: AbortSignal.timeout(patience),
    });
    return answer.ok;
  } catch {
    return false;
  }
}
