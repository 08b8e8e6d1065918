// Issues or verifies SD-JWTs with @sd-jwt/core for some seconds and prints how many a second.
// Standard input: { what, seconds, always, fields, token, privateKey, publicKey } (keys as PEM).
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { what, seconds, always, fields, token, privateKey, publicKey } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const [secret, open] = [createPrivateKey(privateKey), createPublicKey(publicKey)];
const sdjwt = new SDJwtInstance({
  signAlg: "ES256",
  hashAlg: "sha-256",
  hasher: (data) => new Uint8Array(createHash("sha256").update(data).digest()),
  saltGenerator: (length) => randomBytes(length).toString("base64url"),
  signer: (data) => sign("sha256", Buffer.from(data), { key: secret, dsaEncoding: "ieee-p1363" }).toString("base64url"),
  verifier: (data, signature) =>
    verify("sha256", Buffer.from(data), { key: open, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url")),
});
const acts = {
  issue: () => sdjwt.issue({ ...always, ...fields }, { _sd: Object.keys(fields) }, { header: { typ: "dc+sd-jwt", kid: "bench" } }),
  verify: () => sdjwt.verify(token),
};
for (let call = 0; call < 200; call++) await acts[what](); // the compiler's warming up does not count
const started = performance.now();
let count = 0;
while (performance.now() - started < seconds * 1000) {
  for (let call = 0; call < 50; call++) await acts[what]();
  count += 50;
}
process.stdout.write(String(count / ((performance.now() - started) / 1000)));
