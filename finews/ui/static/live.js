// Keeps an open page true: hears what has changed, asks for the same address again, and swaps the parts that differ.
// `<main data-live="runs events">` names the topics, `data-live-part` and an `id` each part that may change.

import { mend } from "./moments.js";

const LEAST = 2000; // milliseconds between two looks, and four times what the last one took
const MOST = 10000; // but no more than this
const OLDEST = 60000; // without any change, what is only a matter of time is looked at again
const PATIENCE = 5000; // a connection that comes back sooner was not lost
const LONGEST_PAUSE = 30000;

const main = document.querySelector("main[data-live]");
const state = document.getElementById("live-state");
const seen = new Map(); // part → its markup as it came, before scripts touched it

let stream, reconnecting, losing, pending, looking = false, unmet = false;
let pause = 1000, last = Date.now(), least = LEAST;

function tell(word) {
  const text = word ? state.dataset[word] : "";
  if (state.textContent !== text) state.textContent = text;
  state.hidden = !word;
}

// ---- swapping ----

const isBusy = (part) =>
  part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select, form *") ||
  part.querySelector("details.ask[open]") !== null ||
  !getSelection().isCollapsed && part.contains(getSelection().anchorNode);

const ends = (part) => [...part.querySelectorAll("a[href], button, summary, input, select, textarea, [tabindex]")];

function focusIn(part) {
  const there = document.activeElement;
  if (!part.contains(there)) return () => {};
  const place = ends(part).indexOf(there), address = there.getAttribute("href");
  return (fresh) => {
    const all = ends(fresh);
    const again = (there.id && fresh.querySelector(`#${CSS.escape(there.id)}`)) ||
      (address && all.find((each) => each.getAttribute("href") === address)) || all[place];
    again?.focus({ preventScroll: true });
  };
}

function keep(part, fresh) {
  const opened = [...part.querySelectorAll("details")].map((each) => each.open);
  const scrolled = [...part.querySelectorAll(".wide")].map((each) => each.scrollLeft);
  fresh.querySelectorAll("details").forEach((each, place) => { each.open = opened[place] ?? each.open; });
  return () => fresh.querySelectorAll(".wide").forEach((each, place) => { each.scrollLeft = scrolled[place] ?? 0; });
}

function swap(fetched) {
  let all = true;
  for (const part of document.querySelectorAll("[data-live-part][id]")) {
    const fresh = fetched.getElementById(part.id);
    if (!fresh || seen.get(part.id) === fresh.outerHTML) continue;
    if (isBusy(part)) {
      all = false;
      continue;
    }
    seen.set(part.id, fresh.outerHTML);
    const refocus = focusIn(part), rescroll = keep(part, fresh);
    part.replaceWith(fresh);
    rescroll();
    refocus(fresh);
    mend(fresh);
  }
  document.title = fetched.title;
  return all;
}

// ---- looking ----

async function look() {
  looking = true;
  unmet = false;
  const began = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      // Whoever is not signed in any more is sent to the door.
      tell("over");
      close();
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    if (!swap(new DOMParser().parseFromString(await answer.text(), "text/html"))) unmet = true;
    if (stream?.readyState === EventSource.OPEN) tell("");
  } catch {
    tell("lost");
    unmet = true;
  } finally {
    looking = false;
    last = Date.now();
    least = Math.min(MOST, Math.max(LEAST, 4 * (last - began)));
    if (unmet) lookSoon();
  }
}

function lookSoon() {
  unmet = true;
  if (looking || pending || document.hidden) return;
  pending = setTimeout(() => {
    pending = undefined;
    look();
  }, Math.max(0, last + least - Date.now()));
}

// ---- hearing ----

function close() {
  clearTimeout(reconnecting);
  clearTimeout(losing);
  losing = undefined;
  stream?.close();
  stream = undefined;
}

function connect() {
  close();
  stream = new EventSource(`/events?topics=${encodeURIComponent(main.dataset.live)}`);
  stream.addEventListener("changed", lookSoon);
  stream.addEventListener("open", () => {
    pause = 1000;
    clearTimeout(losing);
    losing = undefined;
    main.dataset.heard = "yes";
    // What happened while nobody listened is not told any more.
    if (!state.hidden || Date.now() - last > LEAST) lookSoon();
  });
  stream.addEventListener("error", () => {
    losing ??= setTimeout(() => tell("lost"), PATIENCE);
    if (stream?.readyState !== EventSource.CLOSED) return;
    // Refused: the browser does not come back by itself.
    clearTimeout(reconnecting);
    reconnecting = setTimeout(connect, pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  });
}

if (main && state) {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
    } else {
      connect();
      lookSoon();
    }
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted && !document.hidden) connect(); });
  setInterval(() => { if (!document.hidden && Date.now() - last > OLDEST) lookSoon(); }, 5000);
  if (!document.hidden) connect();
}
