import { z } from "zod";
import { containersOf, podsOf, podTypes } from "./pods.ts";
import { resourceRule } from "./rule.ts";

const pinned = /@sha256:[0-9a-f]{64}$/;
const served = z.object({ imageUri: z.string().nullish() });
const downloaded = z.object({ imageSourceUrl: z.string().nullish(), verifyChecksum: z.boolean().nullish() });

const isLambda = (type: string): boolean => type.startsWith("aws:lambda/");
const isGlance = (type: string): boolean => type.startsWith("openstack:images/");

function imagesOf(type: string, props: unknown): string[] {
  if (isLambda(type)) {
    const { imageUri } = served.parse(props);
    return (imageUri ?? "") === "" ? [] : [imageUri ?? ""];
  }
  return podsOf(props).flatMap((pod) => containersOf(pod).map(({ image }) => image ?? ""));
}

/** What runs tomorrow is what was measured today. */
export const imagesPinned = resourceRule({
  name: "images-pinned",
  description: "Every container image is named by its digest, and every downloaded disk image is checked.",
  remedy: "Name it with @sha256:…; a tag may be another image tomorrow.",
  types: new RegExp(`${podTypes.source}|^aws:lambda/function:Function$|^openstack:images/image:Image$`),
  config: z.strictObject({}),
  check: ({ type, props }) => {
    if (isGlance(type)) {
      const { imageSourceUrl, verifyChecksum } = downloaded.parse(props);
      const unchecked = (imageSourceUrl ?? "") !== "" && verifyChecksum === false;
      return unchecked ? ["is downloaded without a check of its hash"] : [];
    }
    return imagesOf(type, props)
      .filter((image) => !pinned.test(image))
      .map((image) => `runs the image ${image}, which its name does not pin`);
  },
});
