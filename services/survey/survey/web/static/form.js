// The form on the phone: follows its conditions, keeps what is being answered, and sends it when there is a network.
// Without this file, or where a browser lacks what it needs, all is shown, and the form is posted as any other. What is
// not needed to fill a form in is in `more.js`, which comes after the page.
(() => {
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const say = (name, values) => texts[name].replace(/\{(\w+)\}/g, (all, key) => values[key]);
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const asks = (name) => new RegExp("[?&]" + name + "(&|$)").test(location.search);
  const isShared = () => asks("shared=1");
  const isBatch = asks("batch=1");
  const language = ((/[?&](lang=(?!vi)[\w-]+)/.exec(location.search) || [])[1] || "").replace(/^(?=l)/, "?");
  const address = (path, name) => path + language + (name ? (language ? "&" : "?") + name + "=1" : "");
  const main = document.querySelector("main");
  const form = document.querySelector("form[data-code]");
  const code = form && form.getAttribute("data-code");
  const kind = form && form.getAttribute("data-kind");
  const script = document.currentScript;

  // A question may be called `reset` or `action`, so a form's own properties of such names are not to be relied on.
  const reset = () => HTMLFormElement.prototype.reset.call(form);
  const post = () => HTMLFormElement.prototype.submit.call(form);
  const field = (name) => form.querySelector('[name="' + name + '"]');
  const newKey = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replace(/\+/g, "-").replace(/\//g, "_");

  const own = (one, name) => one.dataset[name] && JSON.parse(one.dataset[name]);
  const questions = [...document.querySelectorAll("[data-k]")].map((asked) => {
    const fields = [...asked.querySelectorAll("[name]")];
    return {
      asked,
      kind: asked.dataset.k,
      limits: own(asked, "b") || [],
      condition: own(asked, "if"),
      rule: own(asked, "rule"),
      fields,
      names: [...new Set(fields.map((one) => one.name))],
    };
  });
  const sections = [...document.querySelectorAll("section")];
  const isButton = (one) => /^(radio|checkbox)$/.test(one.type);
  const written = (day) => day && day.split("-").reverse().join("/");
  const given = (fields, name) => fields.filter((one) => one.name === name && (one.checked || !isButton(one))).map((one) => one.value);
  // Shows what applies, says what a constraint demands, and returns what is wrong as [{question, message}].
  const look = () => {
    const wrong = [];
    if (typeof BigInt === "undefined") return wrong;
    const values = Object.create(null);
    // A day is Viet Nam's, seven hours before UTC's.
    const today = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10);
    for (const { asked, kind, limits, condition, rule, fields, names } of questions) {
      const bounds = loaLogic.bounded(kind, limits, today);
      // A page that was kept offers the days of the day when it was made.
      if (kind === "date" && limits.length) Object.assign(fields[0], { min: bounds.minimum, max: bounds.maximum });
      asked.hidden = condition !== undefined && loaLogic.evaluate(condition, values, today) !== true;
      if (asked.hidden || !names.length) continue;
      let missing = false;
      let unread = false;
      for (const name of names) {
        const texts = given(fields, name);
        const isOther = name.endsWith(".other");
        const value = loaLogic.read(isOther ? "short_text" : kind, texts, bounds);
        if (value !== undefined) values[name] = value;
        else {
          missing = missing || !isOther;
          unread = unread || texts.some((one) => one.trim());
        }
      }
      const told = asked.querySelector("[role=status] span");
      const broken = rule !== undefined && names.some((name) => name in values) && loaLogic.evaluate(rule, values, today) === false;
      if (told) told.hidden = !broken;
      // The server does not count an answer that it refuses either.
      if (broken) for (const name of names) delete values[name];
      const message =
        broken && told ? told.textContent
        : unread && kind === "number" ? say("range", bounds)
        : unread && kind === "date" ? say(limits.length ? "days" : "date", { minimum: written(bounds.minimum), maximum: written(bounds.maximum) })
        : missing && !unread && "r" in asked.dataset ? say("required")
        : "";
      if (message) wrong.push({ question: names[0].split(".")[0], message });
    }
    for (const one of sections) one.hidden = ![...one.querySelectorAll("[data-k]")].some((each) => !each.hidden);
    return wrong;
  };
  // An exclusive choice and the others take each other away; words at “other” choose it.
  const settle = ({ target }) => {
    const asked = target.closest("[data-k]");
    if (!asked) return;
    const other = asked.querySelector("[data-o]");
    const isOther = other && target.name.endsWith(".other") && target.value.trim();
    if (isOther) other.checked = true;
    const chosen = isOther ? other : target;
    if (chosen.type !== "checkbox" || !chosen.checked) return;
    for (const box of asked.querySelectorAll("[type=checkbox]")) {
      if (box !== chosen && ("x" in box.dataset || "x" in chosen.dataset)) box.checked = false;
    }
  };

  const fill = (body) => {
    const values = {};
    for (const [name, value] of new URLSearchParams(body)) (values[name] = values[name] || []).push(value);
    for (const one of form.querySelectorAll("[name]")) {
      const mine = values[one.name] || [];
      if (isButton(one)) one.checked = mine.includes(one.value);
      else if (one.name !== "_version") one.value = mine.shift() || "";
    }
    look();
  };
  const item = () => {
    const slip = field("_slip");
    return {
      key: field("_key").value,
      code,
      query: language,
      body: new URLSearchParams(new FormData(form)).toString(),
      title: document.querySelector("h1").textContent,
      slip: slip ? slip.value : "",
      state: "waiting",
      tries: 0,
      next: 0,
    };
  };
  const begin = () => {
    reset();
    field("_key").value = newKey();
    look();
  };
  let isUsable = false;
  let saving;
  const save = () => {
    clearTimeout(saving);
    saving = undefined;
    return isShared() || !isUsable ? undefined : loaStore.put("drafts", item(), code);
  };

  let coming;
  const more = () => {
    coming =
      coming ||
      new Promise((resolve, reject) => {
        const onload = () => resolve(window.loaMore);
        const onerror = () => {
          coming = undefined;
          reject();
        };
        document.head.append(element("script", { src: script.getAttribute("data-more"), onload, onerror }));
      });
    return coming;
  };

  // From here on nothing of what was answered is in the page.
  const show = (title, ...children) => {
    reset();
    main.textContent = "";
    const heading = element("h1", { tabIndex: -1, textContent: title });
    main.append(heading, ...children);
    document.title = title;
    scrollTo(0, 0);
    heading.focus();
  };
  const paragraph = (name) => element("p", { textContent: say(name) });
  const link = (name, path, mode) => element("p", {}, element("a", { className: "go", href: address(path, mode), textContent: say(name) }));
  const receiptOf = (receipt) => (receipt ? [element("p", { className: "receipt" }, say("receipt") + ": ", element("strong", { textContent: receipt }))] : []);
  // `left`: what is still on the phone of a form that could not be sent.
  const thank = (receipt, left) => {
    const full = left && left.told;
    const next = element("button", { type: "button", textContent: say("next") });
    next.onclick = () => location.replace(address("/f/" + code, "shared"));
    show(
      say(full ? "queue" : "thanks"),
      ...(full ? [element("p", { className: "wrong", textContent: full.message })] : []),
      paragraph(full ? "held" : !left ? "sent" : isShared() ? "kept_sealed" : "kept"),
      ...receiptOf(receipt),
      ...(receipt ? [paragraph("receipt_what")] : []),
      ...(isShared() ? [next] : [...(receipt ? [link("receipt_check", "/f/receipt")] : []), link("other", "/f/" + code, "shared")]),
    );
  };
  const later = async () => {
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    const registration = navigator.serviceWorker && (await navigator.serviceWorker.ready);
    if (registration && registration.sync) await registration.sync.register("loa-queue");
  };
  // What became of a form: thanks, or back it goes to where it was written, as long as the person is here.
  const afterwards = async (queued, reply, extra) => {
    const left = await loaStore.get("queue", queued.key);
    if (left && left.state === "refused") {
      await loaStore.run(["queue", "drafts"], "readwrite", (queue, drafts) => {
        queue.delete(queued.key);
        if (!queued.sealed) drafts.put(queued, code);
      });
      return extra ? extra.tell(left.told) : post();
    }
    const done = left || queued.sealed ? null : await loaStore.get("done", code);
    thank(left ? "" : (reply && reply.said.receipt) || (done && done.receipt), left);
    if (!left) return undefined;
    loaQueue.onChange((key, told) => key === queued.key && loaQueue.isStored(told) && thank(told.said.receipt));
    return later();
  };
  const send = async (extra) => {
    const wrong = look();
    const slip = field("_slip");
    if (slip && !slip.value.trim()) wrong.unshift({ question: "_slip", message: say("slip") });
    if (kind === "credential") {
      const held = await loaStore.get("credentials", code);
      if (held && held.credential) field("_credential").value = held.credential;
      else wrong.unshift({ message: say("credential") });
    }
    if (extra && wrong.length) return extra.tell({ issues: wrong });
    if (isShared() && !(extra && extra.isSealing())) return post();
    const plain = Object.assign(item(), { words: extra ? extra.words() : "" });
    const queued = isShared() ? await extra.sealed(plain, newKey()) : plain;
    clearTimeout(saving);
    saving = undefined;
    // From here on it is safe, whatever happens to this page.
    await loaStore.run(["queue", "drafts"], "readwrite", (queue, drafts) => {
      queue.put(queued);
      if (!queued.sealed) drafts.delete(code);
    });
    if (extra && isBatch) {
      begin();
      extra.count(1);
      loaQueue.flush(true, queued.key).then((left) => left && later()).catch(() => 0);
      return undefined;
    }
    let reply;
    loaQueue.onChange((key, told) => {
      if (key === queued.key) reply = told;
    });
    await Promise.race([loaQueue.flush(true, queued.key), new Promise((resolve) => setTimeout(resolve, 20000))]);
    return afterwards(queued, reply, extra);
  };
  let isSending = false;
  const submit = async (event) => {
    if (!isUsable) return;
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    const button = form.querySelector("button:not([type])");
    const label = button.textContent;
    button.textContent = say("sending");
    const extra = await more().catch(() => null);
    try {
      await send(extra);
      if (extra) extra.list();
    } catch (error) {
      // The phone can't keep it, so it goes at once or not at all.
      if (main.contains(form)) post();
    }
    button.textContent = label;
    isSending = false;
  };

  // The slip's code comes behind the `#` of its address, which no server and no history gets to see.
  const takeSlip = () => {
    const found = /^#s=(.+)$/.exec(location.hash);
    if (!found || !field("_slip")) return;
    // Another slip was held before the camera after the last one was sent.
    if (!main.contains(form)) return location.reload();
    field("_slip").value = decodeURIComponent(found[1]);
    return history.replaceState(null, "", location.pathname + location.search);
  };
  if (form) {
    // A page that was kept brings the key that it had when it was made.
    if (!document.querySelector(".summary")) field("_key").value = newKey();
    if (typeof BigInt !== "undefined") document.documentElement.classList.add("js");
    form.addEventListener("input", (event) => {
      settle(event);
      saving = saving || setTimeout(save, 100);
    });
    form.addEventListener("change", look);
    form.addEventListener("submit", submit);
    addEventListener("pageshow", look);
    addEventListener("hashchange", takeSlip);
    addEventListener("pagehide", () => {
      if (isShared()) begin();
      else if (saving) save();
    });
    document.addEventListener("visibilitychange", () => document.hidden && saving && save());
    takeSlip();
    look();
  }

  // Afterwards, so that it takes nothing from the first sight of the page.
  const keepPage = async () => {
    const known = navigator.serviceWorker.controller;
    await navigator.serviceWorker.register("/f/sw.js", { scope: "/f/" });
    if (!form || known) return;
    const cache = await caches.open("loa-forms");
    await cache.addAll([location.pathname + location.search, script.src, script.getAttribute("data-more")]);
  };
  const start = async () => {
    const queued = await loaStore.all("queue");
    isUsable = true;
    const draft = form && !isShared() && !document.querySelector(".summary") && (await loaStore.get("drafts", code));
    if (draft) fill(draft.body);
    if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
    if (form || queued.length) await (await more()).greet(draft);
    addEventListener("online", () => loaQueue.flush(true));
    document.addEventListener("visibilitychange", () => document.hidden || loaQueue.flush());
    await loaQueue.flush();
  };
  window.loa = { loaStore, loaQueue, texts, say, element, isShared, isBatch, code, kind, language, address, main, form, field, questions, isButton, begin, save, show, paragraph, link, receiptOf };
  start().catch(() => 0);
  if (navigator.serviceWorker && window.caches) addEventListener("load", () => setTimeout(() => keepPage().catch(() => 0), 0));
})();
