// The preview of a draft follows its conditions as the form does, and keeps and sends nothing.
(() => {
  if (typeof BigInt === "undefined") return;
  const read = (text) => text && JSON.parse(text);
  const questions = [...document.querySelectorAll("[data-k]")];
  const given = (asked, name) =>
    [...asked.querySelectorAll("[name]")]
      .filter((one) => one.name === name && (one.checked || !/^(radio|checkbox)$/.test(one.type)))
      .map((one) => one.value);
  const look = () => {
    const values = Object.create(null);
    // A day is Viet Nam's, seven hours before UTC's.
    const today = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10);
    for (const asked of questions) {
      const { k, b } = asked.dataset;
      const bounds = loaLogic.bounded(k, read(b) || [], today);
      const condition = read(asked.dataset.if);
      const rule = read(asked.dataset.rule);
      asked.hidden = condition !== undefined && loaLogic.evaluate(condition, values, today) !== true;
      if (asked.hidden) continue;
      const names = [...new Set([...asked.querySelectorAll("[name]")].map((one) => one.name))];
      for (const name of names) {
        const kind = name.endsWith(".other") ? "short_text" : k;
        const value = loaLogic.read(kind, given(asked, name), bounds);
        if (value !== undefined) values[name] = value;
      }
      if (rule === undefined) continue;
      const broken = names.some((name) => name in values) && loaLogic.evaluate(rule, values, today) === false;
      const told = asked.querySelector("[role=status] span");
      if (told) told.hidden = !broken;
      if (broken) for (const name of names) delete values[name];
    }
    for (const one of document.querySelectorAll("section")) {
      one.hidden = ![...one.querySelectorAll("[data-k]")].some((each) => !each.hidden);
    }
  };
  document.documentElement.classList.add("js");
  document.addEventListener("change", look);
  look();
})();
