// Sends the chosen files in pieces: a bad line, a closed page or a dead battery costs nothing of what was sent.
"use strict";

const form = document.getElementById("upload");
const chosen = document.getElementById("file");
const camera = document.getElementById("camera");
const list = document.getElementById("sending");
const texts = list.dataset;
const PIECE_BYTES = 5_000_000; // Some proxies end a request after a minute; on a slow line it has to fit.
const PAUSES = [0, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000];
const running = new Set();
const arrived = [];

function begin() {
  chosen.multiple = true;
  chosen.required = false;
  document.getElementById("title").required = false;
  for (const hidden of document.querySelectorAll("[data-with-script]")) hidden.hidden = false;
  for (const shown of document.querySelectorAll("[data-without-script]")) shown.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const files = [...chosen.files];
    if (!files.length) {
      chosen.focus();
      return;
    }
    send(files);
    chosen.value = "";
  });
  camera.addEventListener("change", () => {
    send([...camera.files]);
    camera.value = "";
  });
  const place = document.getElementById("drop");
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    send([...event.dataTransfer.files]);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running.size) event.preventDefault();
  });
  window.addEventListener("online", () => {
    for (const one of running) one.goOn();
  });
}

function said(file, alone) {
  const told = { filename: file.name, topics: [...form.querySelectorAll("[name=topic]:checked")].map((box) => box.value).join(",") };
  for (const name of ["unit", "kind", "description", "created_on"]) told[name] = form.elements[name].value;
  told.visibility = form.elements.visibility.value;
  if (alone) told.title = form.elements.title.value;
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
}

function send(files) {
  for (const file of files) new Sending(file, said(file, files.length === 1)).start();
}

// What a telephone calls its photos tells nobody anything: the next thing to do is to describe them, all at once.
function offerToDescribe() {
  const next = document.getElementById("next");
  next.href = `/archive/describe?${new URLSearchParams(arrived.slice(-100).map((id) => ["id", id]))}`;
  next.textContent = next.dataset.text.replace("{}", Math.min(arrived.length, 100));
  next.hidden = arrived.length < 2;
}

function linkTo(asset, text) {
  const link = document.createElement("a");
  link.href = `/archive/items/${asset}`;
  link.textContent = text;
  return link;
}

function linksTo(materials) {
  return materials.flatMap((one, place) => (place ? ["; ", linkTo(one.id, one.title)] : [linkTo(one.id, one.title)]));
}

function button(text, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  return made;
}

class Sending {
  constructor(file, metadata) {
    const row = document.getElementById("row").content.cloneNode(true).firstElementChild;
    this.state = row.querySelector("[data-state]");
    this.bar = row.querySelector("progress");
    this.pause = row.querySelector("[data-pause]");
    row.querySelector("[data-name]").textContent = file.name;
    this.bar.setAttribute("aria-label", file.name);
    this.pause.addEventListener("click", () => (running.has(this) ? this.stop() : this.goOn()));
    list.append(row);
    document.getElementById("sent").hidden = false;
    row.scrollIntoView({ block: "nearest" });
    this.unit = metadata.unit;
    this.source = form.elements.from?.value;
    this.upload = new tus.Upload(file, {
      endpoint: form.dataset.endpoint,
      chunkSize: PIECE_BYTES,
      metadata,
      retryDelays: PAUSES,
      removeFingerprintOnSuccess: true,
      onShouldRetry: (error) => {
        const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
        const again = status === 0 || status === 409 || status >= 500;
        if (again) this.tell(texts.waiting);
        return again;
      },
      onProgress: (sent, all) => {
        this.bar.value = all ? sent / all : 1;
        this.tell(`${Math.floor((100 * sent) / (all || 1))} %`);
      },
      onError: (error) => this.fail(error),
      onSuccess: () => this.follow(),
    });
  }

  tell(text) {
    this.state.textContent = text;
  }

  async start() {
    running.add(this);
    this.pause.textContent = texts.pause;
    // The same file, begun before this page was opened, goes on where it stopped.
    const before = await this.upload.findPreviousUploads();
    const same = before.find((one) => one.metadata.unit === this.unit);
    if (same) this.upload.resumeFromPreviousUpload(same);
    this.upload.start();
  }

  stop() {
    running.delete(this);
    this.upload.abort();
    this.tell(texts.paused);
    this.pause.textContent = texts.on;
  }

  goOn() {
    running.add(this);
    this.pause.textContent = texts.pause;
    this.upload.abort().then(() => this.upload.start());
  }

  fail(error) {
    running.delete(this);
    const reply = error.originalResponse;
    let message = texts.cut;
    try {
      if (reply) message = JSON.parse(reply.getBody()).message || message;
    } catch {
      // What a proxy says is not for people.
    }
    this.tell(message);
    this.state.classList.add("failed");
    this.pause.textContent = texts.again;
  }

  async follow() {
    this.bar.value = 1;
    this.tell(texts.checking);
    this.pause.hidden = true;
    for (;;) {
      try {
        const reply = await fetch(this.upload.url, { headers: { accept: "application/json" } });
        // While the server is not well, what is sent stays sent: it is asked again.
        const told = reply.status < 500 ? await reply.json() : { state: "complete" };
        if (told.state === "taken") return this.done(told.asset, told.same || [], told.may_take_back);
        if (told.state !== "complete") {
          this.state.classList.add("failed");
          this.tell(told.message || texts.cut);
          running.delete(this);
          return;
        }
      } catch {
        // Asked again: what is sent stays sent.
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async done(asset, same, mayTakeBack) {
    if (this.source) {
      const from = new URLSearchParams({ sources: this.source });
      await fetch(`/archive/items/${asset}/describe/sources`, { method: "POST", body: from, redirect: "manual" }).catch(() => {});
    }
    running.delete(this);
    const link = linkTo(asset, texts.open);
    link.setAttribute("aria-label", `${texts.open}: ${this.upload.file.name}`);
    this.state.replaceChildren(`${texts.done} `, link);
    arrived.push(asset);
    offerToDescribe();
    if (same.length) this.tellOfSame(asset, same, mayTakeBack);
  }

  // The archive keeps a file once, but each who sent it has a material of their own: they say whether they want one.
  tellOfSame(asset, same, mayTakeBack) {
    const note = document.createElement("div");
    note.className = "note";
    const told = document.createElement("p");
    told.append(`${texts.same} `, ...linksTo(same));
    note.append(told);
    if (mayTakeBack) {
      const back = button(texts.back, `${texts.back}: ${this.upload.file.name}`);
      const keep = button(texts.keep, `${texts.keep}: ${this.upload.file.name}`);
      keep.addEventListener("click", () => note.replaceChildren(told));
      back.addEventListener("click", () => this.takeBack(asset, same, note, told));
      const choice = document.createElement("p");
      choice.className = "act";
      choice.append(back, keep);
      note.append(choice);
    }
    this.state.after(note);
  }

  async takeBack(asset, same, note, told) {
    let reply;
    try {
      reply = await fetch(`/archive/items/${asset}/take-back`, { method: "POST", redirect: "manual", headers: { accept: "application/json" } });
    } catch {
      return; // The buttons are still there.
    }
    if (reply.type !== "opaqueredirect") {
      // Somebody was faster: on its page stands what holds.
      if (reply.status < 500) note.replaceChildren(told);
      return;
    }
    arrived.splice(arrived.indexOf(asset), 1);
    offerToDescribe();
    this.state.replaceChildren(`${texts.gone} `, ...linksTo(same));
    note.remove();
  }
}

begin();
