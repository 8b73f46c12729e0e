// What the pages can do without this they do without it: unfolding where one stands, and sliding through the days.
"use strict";

async function fetchPiece(address, place) {
  place.setAttribute("aria-busy", "true");
  try {
    const reply = await fetch(address, { headers: { accept: "text/html" } });
    if (!reply.ok) return;
    place.innerHTML = await reply.text();
    watch(place);
  } catch {
    // Without a connection the link that stands there still leads on.
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function unfold(event) {
  const branch = event.target;
  if (!branch.open || branch.dataset.filled) return;
  branch.dataset.filled = "yes";
  let place = branch.querySelector(":scope > div");
  if (!place) {
    place = document.createElement("div");
    place.append(...branch.querySelectorAll(":scope > p"));
    branch.append(place);
  }
  fetchPiece(branch.dataset.below, place);
}

function more(event) {
  event.preventDefault();
  const place = document.createElement("div");
  event.target.closest("p").replaceWith(place);
  fetchPiece(event.target.closest("a").dataset.more, place);
}

function watch(root) {
  for (const branch of root.querySelectorAll("details[data-below]")) branch.addEventListener("toggle", unfold);
  for (const link of root.querySelectorAll("a[data-more]")) link.addEventListener("click", more);
}

function slide() {
  const slider = document.getElementById("stop");
  if (!slider) return;
  const days = slider.dataset.days.split(" ");
  const shown = slider.dataset.shown.split(" ");
  slider.closest(".slider").hidden = false;
  const tell = () => {
    document.querySelector("output[for=stop]").textContent = shown[slider.value];
    slider.setAttribute("aria-valuetext", shown[slider.value]);
  };
  tell();
  slider.addEventListener("input", tell);
  slider.addEventListener("change", () => {
    document.getElementById("on").value = days[slider.value];
    slider.form.requestSubmit();
  });
}

watch(document);
slide();

// What is going on in the background: told while it lasts; what came of it is another page.
async function follow(running) {
  try {
    const reply = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (reply.ok && !page.getElementById("running")) {
      location.reload();
      return;
    }
    for (const now of page.querySelectorAll("[data-now]")) {
      const shown = running.querySelector(`[data-now=${now.dataset.now}]`);
      if (shown.textContent !== now.textContent) shown.textContent = now.textContent;
      for (const name of ["max", "value"]) if (now.hasAttribute(name)) shown.setAttribute(name, now.getAttribute(name));
    }
  } catch {
    // Without a connection it is asked again.
  }
  setTimeout(follow, 2000, running);
}

const running = document.getElementById("running");
if (running) setTimeout(follow, 1000, running);

// As the server reads it: thousands in groups, all set apart by one sign.
function written(text) {
  const grouped = /^[1-9][0-9]{0,2}([., \u00a0\u202f])[0-9]{3}(\1[0-9]{3})*$/.test(text);
  const digits = grouped ? text.replace(/[^0-9]/g, "") : text;
  return /^[0-9]+$/.test(digits) ? Number(digits) : NaN;
}

// Sums while numbers are typed; "Add up" does the same without this.
function addUp(form) {
  const shown = new Intl.NumberFormat(document.documentElement.lang);
  for (const total of form.querySelectorAll("output[data-total]")) {
    const fields = [...form.querySelectorAll(`input[data-sum=${total.dataset.total}]`)].filter((one) => one.value.trim());
    const counts = fields.map((one) => written(one.value.trim()));
    total.textContent = fields.length ? (counts.some(Number.isNaN) ? "?" : shown.format(counts.reduce((sum, one) => sum + one, 0))) : "–";
  }
}

for (const form of document.querySelectorAll("form.counting")) form.addEventListener("input", () => addUp(form));
