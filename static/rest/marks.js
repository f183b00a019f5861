// SPDX-License-Identifier: MIT
// What one person marked: likes and hidden posts are rows of their own, whose _id is "user:post", so
// that nobody likes a post twice. Every change carries the version it is about; where another window
// was quicker the server answers 412 (or 428), and what is true now is read again.
import { Refused, ask, askAll, path } from "./api.js";

export class Marks {
  constructor(resource, user) {
    this.resource = resource;
    this.user = user;
    this.etags = new Map(); // by post
  }

  has(post) {
    return this.etags.has(post);
  }

  key(post) {
    return `${this.resource}/${encodeURIComponent(`${this.user}:${post}`)}`;
  }

  /** Learn which of these posts are marked. */
  async load(posts) {
    if (!this.user || !posts.length) return;
    const where = { user: this.user, post: { $in: posts } };
    this.keep(await askAll(path(this.resource, { where, max_results: 50 })));
  }

  /** Learn all of the user's. */
  async loadAll() {
    if (this.user) this.keep(await askAll(path(this.resource, { where: { user: this.user }, max_results: 50 })));
  }

  keep(rows) {
    for (const row of rows) this.etags.set(row.post, row._etag);
  }

  /** How many people marked a post. */
  async count(post) {
    return (await ask(path(this.resource, { where: { post }, max_results: 1 }))).body._meta.total;
  }

  /** Mark or unmark. Returns whether it is as wanted; false: another window changed it meanwhile. */
  async set(post, wanted) {
    try {
      if (wanted) {
        const body = { user: this.user, post };
        const reply = await ask(this.key(post), { method: "PUT", body, etag: this.etags.get(post) });
        this.etags.set(post, reply.etag);
      } else {
        await ask(this.key(post), { method: "DELETE", etag: this.etags.get(post) });
        this.etags.delete(post);
      }
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || ![412, 428].includes(error.status)) throw error;
      await this.read(post);
      return this.has(post) === wanted;
    }
  }

  async read(post) {
    try {
      this.etags.set(post, (await ask(this.key(post))).etag);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      this.etags.delete(post);
    }
  }
}
