import { z } from "zod";

/** The network that is trained here first, for want of weights that were trained elsewhere. */
export const smallNetwork = "small-cnn";

const share = z.number().min(0).max(1);

const adaptedSchema = z.strictObject({
  framework: z.string(),
  /** Of the part that is taken over. */
  parameters: z.int().positive(),
  /** Seconds until the part was there: its training, or its loading. */
  sourceSeconds: z.number(),
  /** Share of the source's test images that were named rightly; null where the source was not trained here. */
  sourceAccuracy: share.nullable(),
  /** Share of the target's test images that the source's model names rightly as it is; null where it has other classes. */
  unadapted: share.nullable(),
  /** Proxy A-distance of both domains, from 0 (alike) to 2; null where the source's images are not here. */
  distance: z.number().min(0).max(2).nullable(),
  testImages: z.int().positive(),
  runs: z
    .array(
      z.strictObject({
        seed: z.int(),
        /** Share of the target's test images. */
        transfer: share,
        scratch: share,
        transferSeconds: z.number(),
        scratchSeconds: z.number(),
      }),
    )
    .min(1),
});

/** What the program that adapts models answers. */
export const adaptAnswerSchema = z.union([
  z.strictObject({
    error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
  }),
  adaptedSchema,
]);

/** What came of an adaptation. */
export type Adapted = z.infer<typeof adaptedSchema>;

/** What the program is asked for; it reads this as JSON. */
export interface AdaptSettings {
  /** `small-cnn`, or a function of keras.applications. */
  readonly model: string;
  /** File of weights, as the program sees it; null for those that Keras keeps. */
  readonly weights: string | null;
  /** Folder of the images that the small network is trained on first. */
  readonly source: string | null;
  /** Folder of the images that the model is adapted to. */
  readonly target: string;
  readonly output: string;
  /** Labelled images of the target that may be trained on. */
  readonly images: number;
  /** A repetition for each. */
  readonly seeds: readonly number[];
  readonly sourceEpochs: number;
  /** Epochs with all but the head frozen. */
  readonly headEpochs: number;
  /** Epochs with the upper half of the layers, too. */
  readonly fineEpochs: number;
  readonly batch: number;
  readonly threads: number;
}
