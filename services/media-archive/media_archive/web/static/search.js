// Suggestions while typing; without this script the page does all the same.
"use strict";
(() => {
  const field = document.getElementById("q");
  const list = document.getElementById("suggestions");
  if (!field || !list) return;
  let waiting, asked = "";
  const show = async (typed) => {
    try {
      const reply = await fetch("/archive/api/suggestions?q=" + encodeURIComponent(typed));
      if (!reply.ok || typed !== asked) return;
      list.replaceChildren(...(await reply.json()).map((text) => new Option(text, text)));
    } catch { /* a line that is down suggests nothing */ }
  };
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    asked = field.value.trim();
    if (asked.length < 2 || asked.length > 100) return list.replaceChildren();
    waiting = setTimeout(() => show(asked), 150);
  });
})();
