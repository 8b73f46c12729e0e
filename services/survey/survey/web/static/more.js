// What a form needs only once it is open: it tells what is wrong, seals on shared phones, counts in batches, asks a phone
// that has answered, and shows the forms that are still here and what can be done with those that were not taken.
window.loaMore = (() => {
  const { loaStore, loaQueue, texts, say, element, isShared, isBatch, code, kind, language, address, main, form, field, questions, isButton, begin, save, show, paragraph, link, receiptOf } = window.loa;
  Object.assign(texts, window.loaLater[document.documentElement.lang]);
  const text = (one) => one.firstChild.textContent.trim();
  const small = (name, onclick) => element("button", { type: "button", className: "small", textContent: say(name), onclick });

  const untell = () => {
    for (const one of document.querySelectorAll(".summary, .wrong[id]:not([role])")) one.remove();
    for (const one of document.querySelectorAll(".wrong[role]")) one.removeAttribute("id");
    for (const one of document.querySelectorAll(".bad")) one.classList.remove("bad");
    for (const one of document.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    for (const one of document.querySelectorAll("[aria-describedby*='e-']")) {
      const left = one.getAttribute("aria-describedby").split(" ").filter((id) => !id.startsWith("e-"));
      if (left.length) one.setAttribute("aria-describedby", left.join(" "));
      else one.removeAttribute("aria-describedby");
    }
  };
  // One line of the summary; the same is said at the question itself.
  const told = ({ question, message }) => {
    const control = document.getElementById("q-" + question);
    if (!control) return element("li", { textContent: message });
    const asked = control.closest(".q");
    const isGroup = asked.tagName === "FIELDSET";
    const heading = asked.querySelector("legend, label");
    const described = isGroup ? asked : control;
    asked.classList.add("bad");
    // What a constraint demands is said there already.
    const said = [...asked.querySelectorAll("[role=status] span:not([hidden])")].find((one) => one.textContent === message);
    if (said) said.parentNode.id = "e-" + question;
    else heading.after(element("p", { className: "wrong", id: "e-" + question, textContent: message }));
    described.setAttribute("aria-describedby", ((described.getAttribute("aria-describedby") || "") + " e-" + question).trim());
    if (!isGroup) control.setAttribute("aria-invalid", "true");
    return element("li", {}, element("a", { href: "#q-" + question, textContent: text(heading) }), " " + message);
  };
  const tell = ({ status, message, issues }) => {
    untell();
    const wrong = issues && issues.length ? issues : [{ question: status === 409 ? "_slip" : "", message }];
    const heading = element("h2", { textContent: say(wrong.length === 1 ? "wrong1" : "wrong", { n: wrong.length }) });
    const summary = element("div", { className: "summary", tabIndex: -1 }, heading, element("ul", {}, ...wrong.map(told)));
    summary.setAttribute("role", "alert");
    main.insertBefore(summary, form);
    document.title = say("check") + ": " + document.querySelector("h1").textContent;
    summary.focus();
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
  const sealed = async (plain, key) => {
    // As long as most others, so that its length tells nothing.
    const body = plain.body + "&_pad=";
    const padded = body + "0".repeat(-new Blob([body]).size & 2047);
    const envelope = await loaSeal.seal(form.getAttribute("data-seal"), "loa form 1 " + code, padded);
    return { key, code, query: language, body: "_sealed=" + envelope, sealed: true, state: "waiting", tries: 0, next: 0 };
  };

  const note = (...children) => {
    const place = document.getElementById("note") || main.insertBefore(element("div", { id: "note", className: "promise" }), form);
    place.setAttribute("role", "status");
    place.textContent = "";
    place.append(...children);
  };
  const count = (entered) => {
    untell();
    const all = Number(sessionStorage.getItem("loa-batch") || 0) + entered;
    sessionStorage.setItem("loa-batch", all);
    note(element("p", { textContent: say("batch", { n: all }) }));
    (field("_slip") || form.querySelector("input:not([type=hidden]), select, textarea")).focus();
  };
  const restored = (draft) => {
    if (draft.told) tell(draft.told);
    const afresh = async () => {
      if (!confirm(say("sure"))) return;
      await loaStore.remove("drafts", code);
      untell();
      begin();
      note();
    };
    note(paragraph("restored"), small("afresh", afresh));
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
  // This phone's own answer is in, or on its way: others who use it are asked to share it.
  const askOthers = async () => {
    if (kind !== "open_link" || isShared() || document.querySelector(".summary")) return;
    const done = await loaStore.get("done", code);
    const waits = (await loaStore.all("queue")).some((item) => item.code === code && !item.sealed && item.state !== "refused");
    if (done || waits) show(say("done"), paragraph("done_what"), ...receiptOf(done && done.receipt), link("other", "/f/" + code, "shared"));
  };
  const greet = async (draft) => {
    loaQueue.onChange(list);
    await list();
    if (!form) return;
    offerSharing();
    if (draft && [...new URLSearchParams(draft.body)].some(([name, value]) => name[0] !== "_" && value)) restored(draft);
    else if (isBatch) count(0);
    else await askOthers();
  };

  // The form becomes the draft of its page again; a draft that is there takes its place among the forms that stay here.
  const correct = async (item) => {
    await loaStore.run(["queue", "drafts"], "readwrite", (queue, drafts) => {
      drafts.get(item.code).onsuccess = ({ target }) => {
        if (target.result) queue.put(Object.assign(target.result, { state: "refused", told: { message: say("begun") } }));
        queue.delete(item.key);
        drafts.put(item, item.code);
      };
    });
    location.assign("/f/" + item.code + item.query);
  };
  const keep = (item) => {
    const content = item.title + "\n\n" + (item.words || [...new URLSearchParams(item.body)].map((pair) => pair.join(": ")).join("\n"));
    const link = element("a", { download: "phieu-" + item.code + ".txt" });
    link.href = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const remove = async (item) => {
    if (!confirm(say("sure"))) return;
    await loaStore.remove("queue", item.key);
    list();
  };
  const again = async (item) => {
    await loaQueue.change(item.key, { state: "waiting", next: 0, told: undefined });
    await loaQueue.flush(true, item.key);
    list();
  };
  const refused = (item) =>
    element(
      "div",
      { className: "q" },
      element("p", { className: "note", textContent: item.sealed ? say("sealed") : item.title + (item.slip ? " · " + item.slip : "") }),
      element("p", { className: "wrong", textContent: say("refused", { why: item.told.message }) }),
      small("again", () => again(item)),
      // What a closed survey does not take can't be corrected, and what is sealed can't be read.
      ...(item.sealed || item.told.status === 410 ? [] : [small("correct", () => correct(item))]),
      ...(item.sealed ? [] : [small("export", () => keep(item))]),
      small("delete", () => remove(item)),
    );
  const list = async () => {
    // On a shared phone others' forms are nobody's business.
    const items = (await loaStore.all("queue")).filter((item) => item.sealed || !isShared());
    const place = document.getElementById("queue");
    const waiting = items.filter((item) => item.state !== "refused");
    const full = waiting.find((item) => item.told);
    place.hidden = !items.length;
    place.textContent = "";
    place.append(element("h2", { id: "queue-title", textContent: say("queue") }));
    if (full) place.append(element("p", { className: "wrong", textContent: full.told.message }));
    if (waiting.length) place.append(element("p", { textContent: say("waiting", { n: waiting.length }) }), small("now", () => loaQueue.flush(true).then(list)));
    place.append(...items.filter((item) => item.state === "refused").map(refused));
  };
  return { tell, words, sealed, isSealing: loaSeal.isPossible, count, greet, list };
})();
