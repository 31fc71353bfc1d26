// The viewer's own time on hover, beside China's; and "how long ago", kept true, where a page asks for it.

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export function ago(seconds) {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS.at(-1);
  return relative.format(Math.trunc(-seconds / size), unit);
}

export function mend(root) {
  for (const time of root.querySelectorAll("time[title]")) {
    const moment = new Date(time.dateTime);
    if (!time.dataset.own) {
      time.dataset.own = "shown";
      time.title += `\n${local.format(moment)}`;
    }
    if ("ago" in time.dataset) time.textContent = ago((Date.now() - moment) / 1000);
  }
}

mend(document);
setInterval(() => mend(document), 5000);
