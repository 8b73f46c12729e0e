// Shows the forms that are still on this phone: how many wait, and what can be done with those that were not taken.
const loaKept = (() => {
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const say = (name, values) => texts[name].replace(/\{(\w+)\}/g, (all, key) => values[key]);
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const isShared = () => /[?&]shared=1/.test(location.search);
  const button = (name, onclick) => element("button", { type: "button", className: "small", textContent: say(name), onclick });

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
  const save = (item) => {
    const link = element("a", { download: "phieu-" + item.code + ".txt" });
    link.href = URL.createObjectURL(new Blob([item.title + "\n\n" + item.words], { type: "text/plain;charset=utf-8" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const remove = async (item) => {
    if (!confirm(say("sure"))) return;
    await loaStore.remove("queue", item.key);
    show();
  };
  const again = async (item) => {
    await loaQueue.change(item.key, { state: "waiting", next: 0 });
    await loaQueue.flush(true, item.key);
    show();
  };
  const refused = (item) =>
    element(
      "div",
      { className: "q" },
      element("p", { className: "note", textContent: item.sealed ? say("sealed") : item.title + (item.slip ? " · " + item.slip : "") }),
      element("p", { className: "wrong", textContent: say("refused", { why: item.told.message }) }),
      button("again", () => again(item)),
      // What a closed survey does not take can't be corrected, and what is sealed can't be read.
      ...(item.sealed ? [] : item.told.status === 410 ? [button("export", () => save(item))] : [button("correct", () => correct(item)), button("export", () => save(item))]),
      button("delete", () => remove(item)),
    );
  const show = async () => {
    // On a shared phone others' forms are nobody's business.
    const items = (await loaStore.all("queue")).filter((item) => item.sealed || !isShared());
    const place = document.getElementById("queue");
    const waiting = items.filter((item) => item.state !== "refused").length;
    place.hidden = !items.length;
    place.textContent = "";
    place.append(element("h2", { id: "queue-title", textContent: say("queue") }));
    if (waiting) place.append(element("p", { textContent: say("waiting", { n: waiting }) }), button("now", () => loaQueue.flush(true).then(show)));
    place.append(...items.filter((item) => item.state === "refused").map(refused));
  };
  return { show, say, element, isShared };
})();
