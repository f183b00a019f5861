// SPDX-License-Identifier: MIT
// Likes and hides act in place, lists scroll on. All of it works without this file: each form and each
// link does the same by itself, and is left to do so whenever something here fails.
"use strict";

const live = document.createElement("p");
live.className = "vh";
live.setAttribute("role", "status");
document.querySelector("main").append(live);

const say = (text) => {
  live.textContent = text;
};

async function send(form) {
  const reply = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  if (!reply.ok) throw new Error(reply.status);
  return reply.json();
}

function showLike(form, state) {
  const button = form.querySelector("button");
  button.setAttribute("aria-pressed", state.liked);
  button.firstElementChild.textContent = state.liked ? "Liked" : "Like";
  button.querySelector(".count").textContent = state.likes;
  form.action = form.action.replace(/\/(un)?like$/, state.liked ? "/unlike" : "/like");
}

// The post's place stays, with a way back.
function showGone(item, form, text) {
  const inside = [...item.childNodes];
  const note = document.createElement("span");
  const undo = document.createElement("button");
  note.textContent = text;
  undo.className = "act";
  undo.textContent = "Undo";
  item.classList.add("gone");
  item.replaceChildren(note, undo);
  undo.focus();
  say(text);
  undo.addEventListener("click", async () => {
    const back = form.cloneNode(true);
    back.action = form.action.replace(/\/(un)?hide$/, (_, un) => (un ? "/hide" : "/unhide"));
    try {
      await send(back);
    } catch {
      location.reload();
      return;
    }
    item.classList.remove("gone");
    item.replaceChildren(...inside);
    form.querySelector("button").focus();
    say("Undone.");
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const act = form.dataset.act;
  // Without a token nobody is logged in, and the form leads to the login.
  if (!act || !form.elements.token) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  try {
    const state = await send(form);
    if (act === "like") showLike(form, state);
    else showGone(form.closest("[data-post-id]"), form, act === "hide" ? "Hidden." : "Back in your lists.");
  } catch {
    form.submit();
  } finally {
    delete form.dataset.busy;
  }
});

// The next page is added when the pager comes near. After a few a button asks first, so that the end
// of the page can be reached.
const list = document.querySelector("[data-scroll]");
const AUTOMATIC = 3;
let loaded = 0;

async function loadMore(pager, next) {
  const reply = await fetch(next.href);
  if (!reply.ok) throw new Error(reply.status);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const known = new Set([...list.children].map((item) => item.dataset.postId));
  const items = [...page.querySelectorAll("[data-scroll] > li")].filter(
    (item) => !item.dataset.postId || !known.has(item.dataset.postId),
  );
  const following = page.querySelector(".pager");
  loaded += 1;
  list.append(...items);
  say(`${items.length} more, ${list.children.length} in all.`);
  if (following) pager.replaceWith(following);
  watch();
  return items[0];
}

function askFirst(pager, next) {
  const button = document.createElement("button");
  button.textContent = "Load more";
  button.className = "quiet";
  next.replaceWith(button);
  button.addEventListener("click", async () => {
    try {
      const first = await loadMore(pager, next);
      if (first) first.querySelector("a").focus();
    } catch {
      location.href = next.href;
    }
  });
}

function watch() {
  const pager = document.querySelector(".pager");
  const next = pager && pager.querySelector("[rel=next]");
  if (!next) return;
  if (loaded >= AUTOMATIC) {
    askFirst(pager, next);
    return;
  }
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      // Left as it is, the pager still leads on.
      loadMore(pager, next).catch(() => {});
    },
    { rootMargin: "400px" },
  );
  seen.observe(pager);
}

if (list && "IntersectionObserver" in window) watch();
