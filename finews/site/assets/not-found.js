// An article that has left the live pages lies in the archive under its day and its code: this offers it.

const page = document.querySelector(".lost");
const asked = /(\d{4})\/(\d\d)\/(\d\d)\/([0-9A-Za-z]+)\.html$/.exec(location.pathname);

if (asked) {
  const [, year, month, day, code] = asked;
  const folder = page.dataset.archive.replace(/\/?$/, "/");
  const address = new URL(`${folder}${year}-${month}-${day}-${code}${page.dataset.ending}`, location.href);
  // An archive elsewhere cannot be asked from here whether it has the article.
  const there = address.origin !== location.origin || (await has(address));
  if (there) offer(address);
}

async function has(address) {
  try {
    return (await fetch(address, { method: "HEAD" })).ok;
  } catch {
    return true;
  }
}

function offer(address) {
  const link = document.createElement("a");
  link.href = address.href;
  link.textContent = "打开这篇文章的存档";
  page.querySelector(".found").append("您要找的文章可能已经移入存档：", link);
}
