// SPDX-License-Identifier: MIT
// Posts as elements. Texts become text nodes, addresses only http and https ones.

const escaped = document.createElement("textarea");

/** Reddit's exports are HTML-escaped once; what other sources say is plain. */
function plain(post, text) {
  if (typeof text !== "string") return text === undefined || text === null ? "" : String(text);
  if (post.source && post.source !== "reddit") return text;
  escaped.innerHTML = text;
  return escaped.value;
}

function address(post, text) {
  try {
    const url = new URL(plain(post, text));
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function link(href, text) {
  return element("a", { href, rel: "noopener nofollow" }, text);
}

function meta(post) {
  const parts = [element("span", {}, element("b", {}, String(post.score ?? 0)), " points")];
  const url = address(post, post.url);
  if (post.domain) parts.push(url ? link(url, plain(post, post.domain)) : element("span", {}, plain(post, post.domain)));
  if (post.author) parts.push(element("span", {}, `by ${post.author}`));
  const seconds = Number(post.created_utc);
  if (seconds > 0 && seconds < 1e11) {
    const date = new Date(seconds * 1000);
    parts.push(element("time", { dateTime: date.toISOString() }, date.toLocaleDateString("en", { dateStyle: "medium" })));
  }
  parts.push(element("span", {}, `${post.num_comments ?? 0} comment${post.num_comments === 1 ? "" : "s"}`));
  return parts;
}

/** A button that shows whether a post is marked; act(button) is called when pressed. */
export function likeButton(liked, act) {
  const button = element("button", { type: "button", className: "act like" });
  setLiked(button, liked);
  button.addEventListener("click", () => act(button));
  return button;
}

export function setLiked(button, liked, count) {
  button.setAttribute("aria-pressed", String(liked));
  button.replaceChildren(liked ? "Liked" : "Like");
  if (count !== undefined) button.append(" ", element("span", { className: "count" }, String(count)));
}

/** A post in a list. */
export function card(post, acts) {
  const made = document.getElementById("card").content.firstElementChild.cloneNode(true);
  const title = made.querySelector("a");
  made.dataset.postId = post.id;
  title.textContent = plain(post, post.title) || "(without a title)";
  title.href = `/posts/${encodeURIComponent(post.id ?? post._id)}`;
  made.querySelector(".meta").append(...meta(post));
  made.querySelector(".acts").append(...acts);
  return made;
}

/** A post on its own. */
export function article(post, acts) {
  const made = element("article", { className: "post" });
  made.dataset.postId = post.id;
  made.append(element("h1", { dir: "auto" }, plain(post, post.title) || "(without a title)"),
    element("p", { className: "meta" }, ...meta(post)), element("div", { className: "acts" }, ...acts));
  if (post.selftext) made.append(element("div", { className: "text", dir: "auto" }, plain(post, post.selftext)));
  const url = address(post, post.url);
  if (url) made.append(element("p", { className: "links" }, Object.assign(link(url, "Read it"), { className: "button" })));
  document.title = `${plain(post, post.title)} – Decant`;
  return made;
}
