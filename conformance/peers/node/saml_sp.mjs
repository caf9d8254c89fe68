// A web application around a module `service.mjs` in the working directory, which a guide prints: a page that demands a sign-in.
// Arguments: the port. The module has metadata(), login(force, passive) and acs(form).

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const service = await import(pathToFileURL("service.mjs"));
const people = new Map();

const escaped = (text) => String(text).replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);

const page = ({ nameId, context, attributes }) =>
  Object.entries({ "name-id": nameId, context, email: attributes.email, "given-name": attributes.given_name })
    .map(([id, value]) => `<p id="${id}">${escaped(value ?? "")}</p>`)
    .join("");

const show = (answer, status, body) => {
  answer.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
  answer.end(`<!doctype html><title>notes</title>${body}`);
};

const person = (request) => {
  const cookie = (request.headers.cookie ?? "").split("; ").find((one) => one.startsWith("notes="));
  return people.get(cookie?.slice("notes=".length));
};

const answers = async (request, answer) => {
  const url = new URL(request.url, "http://localhost");
  if (request.method === "POST") {
    let body = "";
    for await (const part of request) body += part;
    const cookie = randomUUID();
    people.set(cookie, await service.acs(Object.fromEntries(new URLSearchParams(body))));
    answer.writeHead(303, { Location: "/protected", "Set-Cookie": `notes=${cookie}; Path=/; HttpOnly` });
    return answer.end();
  }
  if (url.pathname === "/metadata") return answer.end(service.metadata());
  if (url.pathname === "/protected" && person(request)) return show(answer, 200, page(person(request)));
  if (!["/protected", "/login"].includes(url.pathname)) return show(answer, 404, "nothing is here");
  answer.writeHead(303, { Location: await service.login(url.searchParams.has("force"), url.searchParams.has("passive")) });
  answer.end();
};

createServer((request, answer) => {
  answers(request, answer).catch((problem) => {
    console.error(problem);
    show(answer, 403, `<p id="problem">${escaped(problem)}</p>`);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
