// Verifies this project's signed objects with other people's code: jose, @sd-jwt/core, and Node's own X.509 and zlib.
//
// Standard input: a JSON list of tasks, each with `kind` and what that needs. Standard output: a list of answers in the
// same order, { ok: true, ... } or { ok: false, error }. Nothing here knows anything of this project but its formats.
import { createHash, webcrypto, X509Certificate } from "node:crypto";
import { inflateSync } from "node:zlib";
import { SDJwtInstance } from "@sd-jwt/core";
import { compactVerify, decodeProtectedHeader, importJWK, jwtVerify } from "jose";

const hasher = (data, alg) => {
  if (!/^sha-?256$/i.test(alg)) throw new Error(`hash ${alg}`);
  return new Uint8Array(createHash("sha256").update(data).digest());
};

async function verifierOf(key) {
  const imported = await webcrypto.subtle.importKey("spki", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return (data, signature) =>
    webcrypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, Buffer.from(signature, "base64url"), Buffer.from(data));
}

// The seal's key out of the header's x5c, once its chain leads to the root.
function sealOf(token, rootPem) {
  const { x5c, typ, alg } = decodeProtectedHeader(token.split("~")[0]);
  if (typ !== "dc+sd-jwt" || alg !== "ES256") throw new Error("header");
  const chain = x5c.map((der) => new X509Certificate(Buffer.from(der, "base64")));
  const path = [...chain, new X509Certificate(rootPem)];
  path.slice(0, -1).forEach((certificate, place) => {
    if (!certificate.checkIssued(path[place + 1]) || !certificate.verify(path[place + 1].publicKey)) throw new Error("chain");
  });
  return chain[0].publicKey.export({ type: "spki", format: "der" });
}

const kinds = {
  async credential({ token, root }) {
    const verifier = await verifierOf(sealOf(token, root));
    const sdjwt = new SDJwtInstance({ verifier, hasher, hashAlg: "sha-256" });
    const { payload } = await sdjwt.verify(token);
    // The library drops a disclosure that nothing names; nobody should rely on a presentation that carries one.
    const { disclosures = [] } = await sdjwt.decode(token);
    const lost = disclosures.filter((disclosure) => JSON.stringify(payload[disclosure.key]) !== JSON.stringify(disclosure.value));
    if (lost.length) throw new Error("a disclosure that the credential does not name");
    return { payload };
  },
  async jws({ token, key, typ }) {
    const { payload, protectedHeader } = await compactVerify(token, await importJWK(key, key.alg));
    if (protectedHeader.typ !== typ) throw new Error("typ");
    return { payload: JSON.parse(Buffer.from(payload).toString("utf8")) };
  },
  async status({ token, key, uri, index, at }) {
    const options = { typ: "statuslist+jwt", subject: uri, currentDate: new Date(at * 1000) };
    const { payload } = await jwtVerify(token, await importJWK(key, key.alg), options);
    const { bits, lst } = payload.status_list;
    const places = inflateSync(Buffer.from(lst, "base64url"));
    const perByte = 8 / bits;
    if (index >= places.length * perByte) throw new Error("index");
    return { status: (places[Math.floor(index / perByte)] >> ((index % perByte) * bits)) & (2 ** bits - 1) };
  },
};

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const answers = [];
for (const task of JSON.parse(Buffer.concat(chunks).toString("utf8"))) {
  try {
    answers.push({ ok: true, ...(await kinds[task.kind](task)) });
  } catch (error) {
    answers.push({ ok: false, error: String(error.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(answers));
