// What an article's own HTML lacks: a wide table scrolls in a frame that the keyboard reaches, a picture has a name.

const prose = document.querySelector(".prose");

for (const picture of prose.querySelectorAll("img:not([alt])")) picture.alt = "文章插图";

const frames = [...prose.querySelectorAll("table")]
  .filter((table) => !table.parentElement.closest("table"))
  .map((table) => {
    const frame = document.createElement("div");
    frame.className = "table";
    table.replaceWith(frame);
    frame.append(table);
    return frame;
  });

function reach() {
  for (const frame of frames) {
    if (frame.scrollWidth > frame.clientWidth) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "region");
      frame.setAttribute("aria-label", "表格，可以左右滚动");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
    }
  }
}

reach();
addEventListener("resize", reach);
