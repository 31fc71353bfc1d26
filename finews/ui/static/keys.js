// Keys: what they do stands in the page's `#keys` dialog, from which this module learns where they lead.

const dialog = document.getElementById("keys");
const opener = document.getElementById("show-keys");
const single = document.getElementById("single-keys");
const OFF = "finews-keys-off";
const PATIENCE = 1500; // milliseconds between `g` and its letter

const places = new Map([...(dialog?.querySelectorAll("a[data-go]") ?? [])].map((link) => [link.dataset.go, link.href]));
let going = 0;

const stored = () => {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false; // no storage: then the keys are on
  }
};

const isTyping = (node) => node.isContentEditable || node.matches("input, textarea, select");

const rows = () => [...document.querySelectorAll("main .rows tbody tr, main .rows > li")]
  .filter((row) => row.querySelector("a[href]") && row.offsetParent !== null);

function move(step) {
  const all = rows();
  const place = all.findIndex((row) => row.contains(document.activeElement));
  const next = place < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, place + step));
  // A link has the focus, so that Enter opens it, and a reader of the screen says it.
  all[next]?.querySelector("a[href]").focus();
  all[next]?.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(target)) {
    if (key === "Escape" && target.id === "find") target.blur();
    return;
  }
  if (dialog.open || stored()) return;
  if (going && Date.now() - going < PATIENCE && places.has(key)) {
    location.assign(places.get(key));
  } else if (key === "/") {
    const find = document.getElementById("find");
    find?.focus();
    find?.select();
  } else if (key === "?") {
    dialog.showModal();
  } else if (key === "j" || key === "k") {
    move(key === "j" ? 1 : -1);
  } else {
    going = key === "g" ? Date.now() : 0;
    return;
  }
  going = 0;
  event.preventDefault();
}

if (dialog) {
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  single.checked = !stored();
  single.addEventListener("change", () => {
    try {
      if (single.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "off");
    } catch {
      // Then it holds for this page only.
    }
  });
  document.addEventListener("keydown", onKey);
}
