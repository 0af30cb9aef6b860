import { expect } from "chai";
import { registryLogin } from "../../../measure/registry-login.ts";

const registries = (image: string): string[] =>
  Object.keys((JSON.parse(registryLogin(image, "u", "p")) as { readonly auths: object }).auths);

describe("the file of a login at a registry", () => {
  it("names the registry that the image's name begins with", () => {
    expect(registries("registry.example/team/name@sha256:ab")).to.deep.equal(["registry.example"]);
    expect(registries("127.0.0.1:5000/name:1")).to.deep.equal(["127.0.0.1:5000"]);
    expect(registries("localhost/name:1")).to.deep.equal(["localhost"]);
  });

  it("names Docker's own where the image names none, as the kubelet and podman look for it", () => {
    for (const image of ["name:1", "team/name:1", "docker.io/team/name:1"]) {
      expect(registries(image)).to.deep.equal(["https://index.docker.io/v1/"]);
    }
  });

  it("holds user and password as one word, whatever is in them", () => {
    const { auths } = JSON.parse(registryLogin("r.example/n", 'a"b', "pä:ss")) as {
      readonly auths: Readonly<Record<string, { readonly auth: string }>>;
    };
    expect(Buffer.from(auths["r.example"]!.auth, "base64").toString("utf8")).to.equal('a"b:pä:ss');
  });
});
