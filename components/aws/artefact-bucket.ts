import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import type * as pulumi from "@pulumi/pulumi";
import { FileAsset } from "@pulumi/pulumi/asset/index.js";
import { output, type Output } from "@pulumi/pulumi/output.js";
import type { Settled } from "./lambda-endpoint-args.ts";

/** A file in a bucket. */
export interface Artefact {
  readonly bucket: Output<string>;
  readonly key: Output<string>;
  readonly version: Output<string>;
  /** ARN of the object. */
  readonly arn: Output<string>;
}

/** Its key, which is the service's own where it is undefined, and its tags. */
type BucketSettings = Pick<Settled, "tags"> & { readonly kmsKeyArn: pulumi.Input<string> | undefined };

function tlsOnly(arn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/** A bucket for what others are made of: encrypted, versioned, closed to the public, and by TLS alone. */
export class ArtefactBucket {
  readonly #name: string;
  readonly #bucket: Bucket;
  readonly #ready: pulumi.Resource[];
  readonly #parent: pulumi.ComponentResource;

  /**
   * Makes it.
   *
   * @param name prefix of its resources
   * @param args the key that encrypts what is in it, the service's own when it is undefined, and its tags
   * @param parent component that it belongs to
   */
  constructor(name: string, args: BucketSettings, parent: pulumi.ComponentResource) {
    const { kmsKeyArn, tags } = args;
    const opts = { parent };
    const bucket = new Bucket(`${name}-artefacts`, { tags }, opts);
    const own = { bucket: bucket.bucket };
    const versioning = new BucketVersioning(
      `${name}-artefacts-versioning`,
      { ...own, versioningConfiguration: { status: "Enabled" } },
      opts,
    );
    const rule =
      kmsKeyArn === undefined ? { sseAlgorithm: "AES256" } : { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn };
    const encryption = new BucketServerSideEncryptionConfiguration(
      `${name}-artefacts-encryption`,
      { ...own, rules: [{ applyServerSideEncryptionByDefault: rule, bucketKeyEnabled: true }] },
      opts,
    );
    const closed = new BucketPublicAccessBlock(
      `${name}-artefacts-closed`,
      { ...own, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      opts,
    );
    const policy = new BucketPolicy(
      `${name}-artefacts-policy`,
      { ...own, policy: bucket.arn.apply(tlsOnly) },
      { ...opts, dependsOn: [closed] },
    );
    this.#name = name;
    this.#bucket = bucket;
    this.#ready = [versioning, encryption, closed, policy];
    this.#parent = parent;
  }

  /** Its name. */
  get bucket(): Output<string> {
    return this.#bucket.bucket;
  }

  /** Its ARN. */
  get arn(): Output<string> {
    return this.#bucket.arn;
  }

  /** What has to be there before anything is put into it. */
  get ready(): readonly pulumi.Resource[] {
    return this.#ready;
  }

  /** Puts a file of the machine at hand into it; it comes last, so that no version of it was ever there in the open. */
  put(what: string, key: string, file: pulumi.Input<string>): Artefact {
    const { bucket, arn } = this.#bucket;
    const object = new BucketObjectv2(
      `${this.#name}-${what}`,
      { bucket, key, source: output(file).apply((path) => new FileAsset(path)) },
      { parent: this.#parent, dependsOn: this.#ready },
    );
    return { bucket, key: object.key, version: object.versionId, arn: arn.apply((own) => `${own}/${key}`) };
  }
}
