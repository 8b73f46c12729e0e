// The form on the phone: follows its conditions, keeps what is being answered, and sends it when there is a network.
// Without this file, or where a browser lacks what it needs, all is shown, and the form is posted as any other.
(() => {
  const { say, element, isShared } = loaKept;
  const main = document.querySelector("main");
  const form = document.querySelector("form[data-code]");
  const text = (one) => one.firstChild.textContent.trim();

  // A question may be called `reset` or `action`, so a form's own properties of such names are not to be relied on.
  const reset = () => HTMLFormElement.prototype.reset.call(form);
  const code = form && form.getAttribute("data-code");
  const kind = form && form.getAttribute("data-kind");
  const field = (name) => form.querySelector('[name="' + name + '"]');
  const pairs = () => [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const isBegun = (given) => given.some(([name, value]) => name[0] !== "_" && value);
  const isBatch = /[?&]batch=1/.test(location.search);
  const language = /[?&]lang=en/.test(location.search) ? "?lang=en" : "";
  const newKey = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replace(/\+/g, "-").replace(/\//g, "_");

  const own = (one, name) => one.dataset[name] && JSON.parse(one.dataset[name]);
  const questions = [...document.querySelectorAll("[data-k]")].map((asked) => {
    const [minimum, maximum, decimals] = own(asked, "b") || [];
    const fields = [...asked.querySelectorAll("[name]")];
    return {
      asked,
      kind: asked.dataset.k,
      bounds: { minimum, maximum, decimals },
      condition: own(asked, "if"),
      rule: own(asked, "rule"),
      fields,
      names: [...new Set(fields.map((one) => one.name))],
    };
  });
  const sections = [...document.querySelectorAll("section")];
  const isButton = (one) => /^(radio|checkbox)$/.test(one.type);
  const given = (fields, name) => fields.filter((one) => one.name === name && (one.checked || !isButton(one))).map((one) => one.value);
  // Shows what applies, says what a constraint demands, and returns what is wrong as [{question, message}].
  const look = () => {
    if (typeof BigInt === "undefined") return [];
    const wrong = [];
    const values = Object.create(null);
    // A day is Viet Nam's, seven hours before UTC's.
    const today = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10);
    for (const { asked, kind, bounds, condition, rule, fields, names } of questions) {
      asked.hidden = condition !== undefined && loaLogic.evaluate(condition, values, today) !== true;
      if (asked.hidden || !names.length) continue;
      const missing = [];
      let unread = false;
      for (const name of names) {
        const texts = given(fields, name);
        const isOther = name.endsWith(".other");
        const value = loaLogic.read(isOther ? "short_text" : kind, texts, bounds);
        if (value !== undefined) values[name] = value;
        else if (!isOther) missing.push(name);
        unread = unread || (value === undefined && texts.some((one) => one.trim()));
      }
      const told = asked.querySelector("[role=status] span");
      const broken = rule !== undefined && names.some((name) => name in values) && loaLogic.evaluate(rule, values, today) === false;
      if (told) told.hidden = !broken;
      // The server does not count an answer that it refuses either.
      if (broken) for (const name of names) delete values[name];
      const message =
        broken && told ? told.textContent
        : unread && kind === "number" ? say("range", bounds)
        : unread && kind === "date" ? say("date")
        : missing.length && !unread && "r" in asked.dataset ? say("required")
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
    const boxes = [...asked.querySelectorAll("[type=checkbox]")];
    if (target.type === "checkbox" && target.checked) {
      for (const box of boxes) if (box !== target && ("x" in box.dataset || "x" in target.dataset)) box.checked = false;
    }
    const other = asked.querySelector("[data-o]");
    if (other && target.name.endsWith(".other") && target.value.trim() && !other.checked) {
      other.checked = true;
      for (const box of boxes) if ("x" in box.dataset) box.checked = false;
    }
  };

  const untell = () => {
    for (const one of document.querySelectorAll(".summary, .wrong[id]")) one.remove();
    for (const one of document.querySelectorAll(".bad")) one.classList.remove("bad");
    for (const one of document.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    for (const one of document.querySelectorAll("[aria-describedby*='e-']")) {
      const left = one.getAttribute("aria-describedby").split(" ").filter((id) => !id.startsWith("e-"));
      if (left.length) one.setAttribute("aria-describedby", left.join(" "));
      else one.removeAttribute("aria-describedby");
    }
  };
  const tell = (wrong) => {
    untell();
    const list = element("ul", {});
    for (const { question, message } of wrong) {
      const control = document.getElementById("q-" + question);
      if (!control) {
        list.append(element("li", { textContent: message }));
        continue;
      }
      const asked = control.closest(".q");
      const isGroup = asked.tagName === "FIELDSET";
      const heading = asked.querySelector("legend, label");
      const described = isGroup ? asked : control;
      asked.classList.add("bad");
      heading.after(element("p", { className: "wrong", id: "e-" + question, textContent: message }));
      described.setAttribute("aria-describedby", ((described.getAttribute("aria-describedby") || "") + " e-" + question).trim());
      if (!isGroup) control.setAttribute("aria-invalid", "true");
      list.append(element("li", {}, element("a", { href: "#q-" + question, textContent: text(heading) }), " " + message));
    }
    const summary = element("div", { className: "summary", tabIndex: -1 }, element("h2", { textContent: say(wrong.length === 1 ? "wrong1" : "wrong", { n: wrong.length }) }), list);
    summary.setAttribute("role", "alert");
    main.insertBefore(summary, form);
    document.title = say("check") + ": " + document.querySelector("h1").textContent;
    summary.focus();
  };

  const fill = (kept) => {
    const values = {};
    for (const [name, value] of kept) (values[name] = values[name] || []).push(value);
    for (const one of form.querySelectorAll("[name]")) {
      const mine = values[one.name] || [];
      if (isButton(one)) one.checked = mine.includes(one.value);
      else if (one.name !== "_version") one.value = mine.shift() || "";
    }
    look();
  };
  // What was answered as a person would write it down.
  const words = () =>
    questions
      .filter(({ asked, names }) => !asked.hidden && names.length)
      .map(({ asked, fields }) => {
        const said = fields
          .filter((one) => (isButton(one) ? one.checked : one.value.trim()))
          .map((one) => (isButton(one) ? one.parentNode.textContent.trim() : one.selectedOptions ? one.selectedOptions[0].text : one.value));
        return text(asked.querySelector("legend, label")) + "\n   " + said.join("; ");
      })
      .join("\n");
  const item = () => {
    const answers = pairs();
    const slip = field("_slip");
    return {
      key: field("_key").value,
      code,
      query: language,
      body: new URLSearchParams(answers).toString(),
      pairs: answers,
      title: document.querySelector("h1").textContent,
      slip: slip ? slip.value : "",
      words: words(),
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

  let saving;
  const save = () => {
    clearTimeout(saving);
    saving = undefined;
    return isShared() || !isUsable ? Promise.resolve() : loaStore.put("drafts", item(), code);
  };
  const note = (...children) => {
    const place = document.getElementById("note") || main.insertBefore(element("div", { id: "note", className: "promise" }), form);
    place.setAttribute("role", "status");
    place.textContent = "";
    place.append(...children);
  };
  const restore = (draft) => {
    fill(draft.pairs);
    if (draft.told && draft.told.message) tell(draft.told.issues && draft.told.issues.length ? draft.told.issues : [{ message: draft.told.message }]);
    const afresh = element("button", { type: "button", className: "small", textContent: say("afresh") });
    afresh.onclick = async () => {
      if (!confirm(say("sure"))) return;
      await loaStore.remove("drafts", code);
      untell();
      begin();
      note();
    };
    note(element("p", { textContent: say("restored") }), afresh);
  };

  const link = (name, address) => element("p", {}, element("a", { className: "go", href: address, textContent: say(name) }));
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
  const address = (path, name) => path + language + (name ? (language ? "&" : "?") + name + "=1" : "");
  const thank = (receipt, isKept) => {
    const paragraph = (name) => element("p", { textContent: say(name) });
    const next = element("button", { type: "button", textContent: say("next") });
    next.onclick = () => location.replace(address("/f/" + code, "shared"));
    show(
      say("thanks"),
      paragraph(!isKept ? "sent" : isShared() ? "kept_sealed" : "kept"),
      ...(receipt ? [element("p", { className: "receipt" }, say("receipt") + ": ", element("strong", { textContent: receipt })), paragraph("receipt_what")] : []),
      ...(isShared() ? [next] : [link("receipt_check", address("/f/receipt")), link("other", address("/f/" + code, "shared"))]),
    );
  };

  const sealed = async (plain) => {
    // As long as most others, so that its length tells nothing.
    const body = plain.body + "&_pad=";
    const padded = body + "0".repeat(-new Blob([body]).size & 2047);
    const envelope = await loaSeal.seal(form.getAttribute("data-seal"), "loa form 1 " + code, padded);
    return { key: newKey(), code, query: language, body: "_sealed=" + envelope, sealed: true, state: "waiting", tries: 0, next: 0 };
  };
  const later = async () => {
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    const registration = navigator.serviceWorker && (await navigator.serviceWorker.ready);
    if (registration && registration.sync) await registration.sync.register("loa-queue");
  };
  const credential = async () => {
    if (kind !== "credential") return true;
    const held = await loaStore.get("credentials", code);
    if (held) field("_credential").value = held.credential;
    return !!held;
  };

  // A form that the server did not take while the person is still here: back it goes to where it was written.
  const takeBack = async (queued, told) => {
    await loaStore.run(["queue", "drafts"], "readwrite", (queue, drafts) => {
      queue.delete(queued.key);
      if (!queued.sealed) drafts.put(queued, code);
    });
    const issues = told.issues && told.issues.length ? told.issues : [{ question: told.status === 409 ? "_slip" : "", message: told.message }];
    tell(issues);
  };
  const afterwards = async (queued, reply) => {
    const left = await loaStore.get("queue", queued.key);
    if (left && left.state === "refused") return takeBack(queued, left.told);
    if (left) later().catch(() => 0);
    const done = left || queued.sealed ? null : await loaStore.get("done", code);
    thank(left ? "" : (reply && reply.said.receipt) || (done && done.receipt), !!left);
    if (left) loaQueue.onChange((key, told) => key === queued.key && loaQueue.isStored(told) && thank(told.said.receipt));
  };
  const count = (more) => {
    const entered = Number(sessionStorage.getItem("loa-batch") || 0) + more;
    sessionStorage.setItem("loa-batch", entered);
    note(element("p", { textContent: say("batch", { n: entered }) }));
    (field("_slip") || form.querySelector("input:not([type=hidden]), select, textarea")).focus();
  };
  const send = async () => {
    const slip = field("_slip");
    const wrong = look();
    if (slip && !slip.value.trim()) wrong.unshift({ question: "_slip", message: say("slip") });
    if (!(await credential())) wrong.unshift({ message: say("credential") });
    if (wrong.length) return tell(wrong);
    untell();
    const plain = item();
    const queued = isShared() ? await sealed(plain) : plain;
    clearTimeout(saving);
    saving = undefined;
    // From here on it is safe, whatever happens to this page.
    await loaStore.run(["queue", "drafts"], "readwrite", (queue, drafts) => {
      queue.put(queued);
      if (!queued.sealed) drafts.delete(code);
    });
    if (isBatch) {
      begin();
      count(1);
      loaQueue.flush(true, queued.key).then((left) => left && later().catch(() => 0));
      return loaKept.show();
    }
    let reply;
    loaQueue.onChange((key, told) => {
      if (key === queued.key) reply = told;
    });
    await Promise.race([loaQueue.flush(true, queued.key), new Promise((resolve) => setTimeout(resolve, 20000))]);
    await afterwards(queued, reply);
    return loaKept.show();
  };

  let isUsable = false;
  let isSending = false;
  const submit = async (event) => {
    if (!isUsable || (isShared() && !loaSeal.isPossible())) return;
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    const button = form.querySelector("button:not([type])");
    const label = button.textContent;
    button.textContent = say("sending");
    try {
      await send();
    } catch (error) {
      // The phone can't keep it, so it goes at once or not at all.
      HTMLFormElement.prototype.submit.call(form);
    }
    button.textContent = label;
    isSending = false;
  };

  // The slip's code comes behind the `#` of its address, which no server and no history gets to see.
  const takeSlip = () => {
    const found = /^#s=(.+)$/.exec(location.hash);
    if (!found || !field("_slip")) return;
    field("_slip").value = decodeURIComponent(found[1]);
    history.replaceState(null, "", location.pathname + location.search);
  };
  const offerSharing = () => {
    const box = document.getElementById("shared");
    box.checked = isShared();
    box.parentNode.hidden = !loaSeal.isPossible();
    box.onchange = () => {
      history.replaceState(null, "", address("/f/" + code, box.checked ? "shared" : ""));
      if (box.checked) loaStore.remove("drafts", code);
      else save();
    };
  };
  const greet = async () => {
    const draft = isShared() ? undefined : await loaStore.get("drafts", code);
    if (draft && isBegun(draft.pairs)) return restore(draft);
    if (isBatch) return count(0);
    if (kind !== "open_link" || isShared() || document.querySelector(".summary")) return undefined;
    const done = await loaStore.get("done", code);
    const waiting = (await loaStore.all("queue")).some((each) => each.code === code && !each.sealed && each.state !== "refused");
    if (!done && !waiting) return undefined;
    const receipt = done && done.receipt ? [element("p", { className: "receipt" }, say("receipt") + ": ", element("strong", { textContent: done.receipt }))] : [];
    return show(say("done"), element("p", { textContent: say("done_what") }), ...receipt, link("other", address("/f/" + code, "shared")));
  };

  if (form) {
    // A page that was kept brings the key that it had when it was made.
    if (!document.querySelector(".summary")) field("_key").value = newKey();
    if (typeof BigInt !== "undefined") document.documentElement.classList.add("js");
    form.addEventListener("input", (event) => {
      settle(event);
      saving = saving || setTimeout(save, 150);
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
    await cache.addAll([location.pathname + location.search, ...[...document.scripts].map((one) => one.src).filter(Boolean)]);
  };
  const start = async () => {
    await loaStore.all("queue");
    isUsable = true;
    loaQueue.onChange(loaKept.show);
    if (form) {
      offerSharing();
      await greet();
    }
    await loaKept.show();
    addEventListener("online", () => loaQueue.flush(true));
    document.addEventListener("visibilitychange", () => document.hidden || loaQueue.flush());
    await loaQueue.flush();
  };
  start().catch(() => 0);
  if (navigator.serviceWorker && window.caches) addEventListener("load", () => setTimeout(() => keepPage().catch(() => 0), 0));
})();
