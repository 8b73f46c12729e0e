// Shows how far files are until all are made; without this script somebody looks again.
const pause = 2000;

async function look() {
  const list = document.getElementById("files");
  try {
    const reply = await fetch(location.href);
    // Whoever is signed out meanwhile, or without files, has nothing to wait for.
    if (!reply.ok) return;
    const now = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("files");
    // Nothing moves under somebody's finger or keyboard while nothing has changed.
    if (now && now.innerHTML !== list.innerHTML) list.replaceChildren(...now.childNodes);
  } catch {
    // Without a connection now, there may be one later.
  }
  if (list.querySelector("progress")) setTimeout(look, pause);
  else document.getElementById("files-made").textContent = list.dataset.made;
}

setTimeout(look, pause);
