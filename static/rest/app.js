// SPDX-License-Identifier: MIT
// Stage 2 in the browser: a list that goes on while it is scrolled, a search, a post; likes and hidden
// posts are written to the API's resources. `/` and `/posts/ID` are this page too.
import { Refused, Unreachable, apiBase, ask, path } from "./api.js";
import { Marks } from "./marks.js";
import { article, card, element, likeButton, setLiked } from "./show.js";

const view = document.getElementById("view");
const end = document.getElementById("end");
const status = document.getElementById("status");
const user = localStorage.getItem("user") || "";
const likes = new Marks("likes", user);
const hidden = new Marks("hidden", user);

/* -- saying things --------------------------------------------------------------------------------- */

function say(text, { bad = false, action } = {}) {
  status.classList.toggle("bad", bad);
  status.replaceChildren(...(text ? [element("p", {}, text)] : []));
  if (action) status.append(action);
}

function sentence(error) {
  if (error instanceof Unreachable) return navigator.onLine === false ? "You are offline." : error.message;
  if (error instanceof Refused) return error.message;
  throw error;
}

function retryButton(text, act) {
  const button = element("button", { type: "button", className: "quiet" }, text);
  button.addEventListener("click", () => { button.disabled = true; act(); });
  return button;
}

addEventListener("offline", () => say("You are offline. What is shown may be old.", { bad: true }));
addEventListener("online", () => { say("You are online again."); resume?.(); });
let resume = null; // what to try again when there is a network

/* -- who ------------------------------------------------------------------------------------------- */

const dialog = document.getElementById("name-dialog");

function askName() {
  const input = document.getElementById("name");
  input.value = user;
  input.removeAttribute("aria-invalid");
  document.getElementById("name-wrong").hidden = true;
  dialog.showModal();
}

async function takeName(event) {
  event.preventDefault();
  const wrong = document.getElementById("name-wrong");
  const input = document.getElementById("name");
  const name = input.value.trim();
  try {
    await ask("users", { method: "POST", body: { name } });
  } catch (error) {
    // Whoever has the name already may use it: this stage knows no passwords.
    if (!/not unique/.test(JSON.stringify(error.issues ?? ""))) {
      wrong.textContent = error.issues?.name ? "That is no name: take 2 to 32 of a-z, 0-9, _ and -." : sentence(error);
      wrong.hidden = false;
      input.setAttribute("aria-invalid", "true");
      return;
    }
  }
  localStorage.setItem("user", name);
  location.reload();
}

function openWho() {
  const who = document.getElementById("who");
  if (user) who.textContent = user;
  who.addEventListener("click", askName);
  document.getElementById("name-form").addEventListener("submit", takeName);
  document.getElementById("name-cancel").addEventListener("click", () => dialog.close());
}

/* -- marks ----------------------------------------------------------------------------------------- */

async function toggleLike(post, button) {
  if (!user) return askName();
  const wanted = !likes.has(post._id);
  button.disabled = true;
  try {
    const done = await likes.set(post._id, wanted);
    const counted = button.querySelector(".count") !== null;
    setLiked(button, likes.has(post._id), counted ? await likes.count(post._id) : undefined);
    say(done ? "" : "This was changed in another window; here is how it is now.");
  } catch (error) {
    say(`Not saved. ${sentence(error)}`, { bad: true });
  } finally {
    button.disabled = false;
    button.focus();
  }
}

async function hide(post, place) {
  if (!user) return askName();
  try {
    await hidden.set(post._id, true);
    const back = retryButton("Undo", async () => {
      try {
        await hidden.set(post._id, false);
        gone.replaceWith(place);
        place.querySelector(".hide").focus();
        say("");
      } catch (error) {
        say(`Not saved. ${sentence(error)}`, { bad: true });
        back.disabled = false;
        back.focus();
      }
    });
    const gone = element("li", { className: "card gone" }, element("span", {}, "Hidden."), back);
    place.replaceWith(gone);
    back.focus();
  } catch (error) {
    say(`Not saved. ${sentence(error)}`, { bad: true });
  }
}

function acts(post, place) {
  const button = element("button", { type: "button", className: "act hide" }, "Hide");
  button.addEventListener("click", () => hide(post, place()));
  return [likeButton(likes.has(post._id), pressed => toggleLike(post, pressed)), button];
}

/* -- a list that goes on --------------------------------------------------------------------------- */

class List {
  constructor(first) {
    this.next = first;
    this.list = element("ol", { className: "list" });
    this.loading = false;
    this.observer = new IntersectionObserver(
      entries => { if (entries.some(entry => entry.isIntersecting)) this.more(); }, { rootMargin: "600px" });
    this.observer.observe(end);
  }

  async more() {
    if (this.loading || !this.next) return;
    this.loading = true;
    end.replaceChildren(element("p", { className: "busy" }, "Loading…"));
    try {
      const { body } = await ask(this.next);
      await likes.load(body._items.map(post => post._id));
      this.show(body._items);
      this.next = body._links?.next?.href;
      end.replaceChildren(...(this.next ? [] : [element("p", { className: "busy" }, this.ending())]));
      resume = null;
    } catch (error) {
      resume = () => { this.loading = false; this.more(); };
      end.replaceChildren(element("p", { className: "wrong" }, `Could not load more. ${sentence(error)}`),
        retryButton("Try again", resume));
      return;
    }
    this.loading = false;
    // Still in sight: an observer tells of changes only.
    this.observer.unobserve(end);
    if (this.next) this.observer.observe(end);
  }

  show(posts) {
    for (const post of posts) {
      if (hidden.has(post._id)) continue;
      const made = card(post, acts(post, () => made));
      this.list.append(made);
    }
  }

  ending() {
    return this.list.children.length ? "That is all." : "There is nothing here.";
  }
}

async function showList(query) {
  const search = document.getElementById("search");
  search.value = query;
  const parameters = query ? { where: { $text: { $search: query } } } : { sort: "-created_utc" };
  const list = new List(path("posts", parameters));
  document.title = query ? `${query} – Decant` : "Decant";
  view.replaceChildren(
    element("div", { className: "lead" }, element("h1", {}, query ? `Posts with “${query}”` : "Newest posts")), list.list);
  await hidden.loadAll();
  await list.more();
}

/* -- a post ---------------------------------------------------------------------------------------- */

async function showPost(id) {
  let post;
  try {
    post = (await ask(`posts/${encodeURIComponent(id)}`)).body;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    view.replaceChildren(element("p", { className: "nothing" }, "There is no such post."));
    return;
  }
  await likes.load([post._id]);
  const button = likeButton(likes.has(post._id), pressed => toggleLike(post, pressed));
  setLiked(button, likes.has(post._id), await likes.count(post._id));
  view.replaceChildren(article(post, [button]));
}

async function start() {
  const [, kind, id] = location.pathname.split("/");
  try {
    document.getElementById("docs").href = `${await apiBase()}/docs`;
    if (kind === "posts" && id) await showPost(decodeURIComponent(id));
    else await showList(new URLSearchParams(location.search).get("q")?.trim() ?? "");
  } catch (error) {
    resume = () => { say(""); start(); };
    say(`This page could not be loaded. ${sentence(error)}`, { bad: true, action: retryButton("Try again", resume) });
  }
}

openWho();
start();
