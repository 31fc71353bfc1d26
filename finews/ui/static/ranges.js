// A list with checkboxes: shift-click ticks a range, a box in the head all of this page; what is ticked is counted.
// Without it each box is ticked by itself, and "all" is a box of its own.

for (const table of document.querySelectorAll("[data-ranges]")) {
  const boxes = [...table.querySelectorAll(`input[name="${table.dataset.ranges}"]`)];
  const form = table.closest("form");
  const head = table.querySelector("thead .tick");
  if (!boxes.length || !head) continue;

  const every = form.querySelector('input[name="every"]');
  const status = form.querySelector("[data-chosen]");
  const whole = document.createElement("input");
  whole.type = "checkbox";
  whole.setAttribute("aria-label", head.textContent.trim());
  head.replaceChildren(whole);

  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    whole.checked = ticked === boxes.length;
    whole.indeterminate = ticked > 0 && ticked < boxes.length;
    // All of a reason is more than what is ticked here: then the boxes say nothing.
    for (const box of [...boxes, whole]) box.disabled = every?.checked ?? false;
    const number = every?.checked ? every.dataset.number : ticked;
    if (status) status.textContent = Number(number) ? status.dataset.chosen.replace("0", number) : "";
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = !Number(number);
  };

  let last = null;
  table.addEventListener("click", ({ target, shiftKey }) => {
    const at = boxes.indexOf(target);
    if (at < 0) return;
    if (shiftKey && last !== null) {
      const [from, to] = [Math.min(at, last), Math.max(at, last)];
      for (const box of boxes.slice(from, to + 1)) box.checked = target.checked;
    }
    last = at;
    tell();
  });
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    tell();
  });
  every?.addEventListener("change", tell);
  // Whoever comes back finds the boxes as they were left.
  window.addEventListener("pageshow", tell);
  tell();
}
