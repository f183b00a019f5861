// SPDX-License-Identifier: MIT
// The REST API as this page uses it: addresses, conditions and what can go wrong.

/** The server could not be reached at all. */
export class Unreachable extends Error {}

/** The server said no. */
export class Refused extends Error {
  constructor(status, body) {
    super(describe(body?._issues) || body?._error?.message || `The server answered ${status}.`);
    this.status = status;
    this.issues = body?._issues || {};
  }
}

function describe(issues) {
  return issues && Object.entries(issues).map(([field, what]) => `${field}: ${JSON.stringify(what)}`).join("; ");
}

let base = null;

export async function apiBase() {
  if (!base) {
    const reply = await reach("/config.json", {});
    base = (await reply.json()).api.replace(/\/+$/, "");
  }
  return base;
}

async function reach(url, options) {
  try {
    // What the browser kept may be old: it asks each time whether it still holds.
    return await fetch(url, { cache: "no-cache", ...options });
  } catch (error) {
    throw new Unreachable("The server cannot be reached.", { cause: error });
  }
}

/**
 * Ask for a path relative to the API ("posts?page=2", as links are). Returns {status, body, etag}.
 * etag: the version that is meant to be changed; anything but 2xx is thrown.
 */
export async function ask(path, { method = "GET", body, etag } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (etag) headers["If-Match"] = `"${etag}"`;
  const url = `${await apiBase()}/${path.replace(/^\/+/, "")}`;
  const reply = await reach(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await reply.text();
  let parsed = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    // An error page of something between us and the API.
  }
  if (!reply.ok) throw new Refused(reply.status, parsed);
  return { status: reply.status, body: parsed, etag: parsed?._etag };
}

/** A path with parameters; objects become JSON. */
export function path(resource, parameters = {}) {
  const query = Object.entries(parameters).filter(([, value]) => value !== undefined).map(
    ([name, value]) => `${name}=${encodeURIComponent(typeof value === "object" ? JSON.stringify(value) : value)}`);
  return query.length ? `${resource}?${query.join("&")}` : resource;
}

/** All rows of a list, page after page. */
export async function askAll(first) {
  const items = [];
  for (let next = first; next;) {
    const { body } = await ask(next);
    items.push(...body._items);
    next = body._links?.next?.href;
  }
  return items;
}
