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

// Sums while numbers are typed; "Add up" does the same without this.
function addUp(form) {
  const shown = new Intl.NumberFormat(document.documentElement.lang);
  for (const total of form.querySelectorAll("output[data-total]")) {
    const fields = [...form.querySelectorAll(`input[data-sum=${total.dataset.total}]`)].filter((one) => one.value.trim());
    const counts = fields.map((one) => Number(one.value.replace(/[.,\s]/g, "")));
    total.textContent = fields.length ? (counts.some(Number.isNaN) ? "?" : shown.format(counts.reduce((sum, one) => sum + one, 0))) : "–";
  }
}

for (const form of document.querySelectorAll("form.counting")) form.addEventListener("input", () => addUp(form));
