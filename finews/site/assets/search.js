// The search over search.json: an article is found when every word of the query occurs in its title, the name of its
// media or its first lines. Nothing but text is ever put into the page.

const AT_ONCE = 50;
const form = document.querySelector("form.search");
const input = form.elements.q;
const status = document.querySelector(".status");
const list = document.querySelector(".results");
const more = document.querySelector(".further button");

let articles = null;
let found = [];
let words = [];

// Wide and narrow forms, and both cases, are one to a reader.
const folded = (text) => text.normalize("NFKC").toLowerCase();
const wordsOf = (query) => [...new Set(folded(query).split(/\s+/).filter(Boolean))];

async function load() {
  status.textContent = "正在读取新闻索引……";
  try {
    const answer = await fetch(form.dataset.index);
    if (!answer.ok) throw new Error(answer.statusText);
    articles = (await answer.json()).map((each) => ({
      ...each,
      foldedTitle: folded(each.title),
      folded: folded(`${each.title}\n${each.media}\n${each.excerpt}`),
    }));
  } catch {
    status.textContent = "新闻索引暂时读不到，请稍后刷新再试。";
    return;
  }
  search();
}

function search() {
  if (articles === null) return;
  words = wordsOf(input.value);
  found = words.length ? articles.filter((each) => words.every((word) => each.folded.includes(word))) : [];
  // What has all the words in its title comes first; the sort keeps the order of time.
  const rank = (each) => Number(!words.every((word) => each.foldedTitle.includes(word)));
  found = found.map((each) => [rank(each), each]).sort(([a], [b]) => a - b).map(([, each]) => each);
  list.replaceChildren();
  show();
  status.textContent = told();
}

function told() {
  if (!words.length) return `可以搜索近期的 ${articles.length} 篇文章。`;
  if (!found.length) return `没有找到同时含有“${words.join("”“")}”的文章。换几个词试试。`;
  return `找到 ${found.length} 篇文章。`;
}

function show() {
  const shown = list.childElementCount;
  list.append(...found.slice(shown, shown + AT_ONCE).map(item));
  more.hidden = list.childElementCount >= found.length;
}

function item({ title, url, date, media, excerpt }) {
  const link = element("a", "title", title);
  link.href = url;
  const time = element("time", "", date.slice(0, 16).replace("T", " "));
  time.dateTime = date;
  const source = element("p", "source", media);
  source.append(" · ", time);
  const entry = document.createElement("li");
  entry.append(link, source, element("p", "excerpt", /(^|[。！？…”）])$/.test(excerpt) ? excerpt : `${excerpt}…`));
  return entry;
}

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...marked(text));
  return made;
}

// The text in pieces, the words of the query in <mark>.
function marked(text) {
  const plain = folded(text);
  // Where folding moves letters, places in one are not places in the other.
  if (plain.length !== text.length) return [text];
  const pieces = [];
  let from = 0;
  while (from < text.length) {
    const [at, length] = nearest(plain, from);
    if (at < 0) break;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + length);
    pieces.push(text.slice(from, at), mark);
    from = at + length;
  }
  return [...pieces, text.slice(from)];
}

function nearest(plain, from) {
  let best = [-1, 0];
  for (const word of words) {
    const at = plain.indexOf(word, from);
    if (at >= 0 && (best[0] < 0 || at < best[0] || (at === best[0] && word.length > best[1]))) best = [at, word.length];
  }
  return best;
}

function noteInAddress() {
  const address = new URL(location.href);
  address.search = input.value.trim() ? `?${new URLSearchParams({ q: input.value })}` : "";
  history.replaceState(null, "", address);
}

let waiting = 0;
input.addEventListener("input", (event) => {
  if (event.isComposing) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => (search(), noteInAddress()), 150);
});
input.addEventListener("compositionend", () => (search(), noteInAddress()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
  noteInAddress();
});
more.addEventListener("click", () => {
  const shown = list.childElementCount;
  show();
  list.children[shown]?.querySelector("a").focus();
});

input.value = new URLSearchParams(location.search).get("q") ?? "";
load();
