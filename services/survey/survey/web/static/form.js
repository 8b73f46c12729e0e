// Hides the questions that earlier answers make needless and says at once what a constraint demands.
// Without this file, or on a browser without exact numbers, all is shown, and the server drops what does not apply.
(() => {
  if (typeof BigInt === "undefined") return;
  const own = (one, name) => one.dataset[name] && JSON.parse(one.dataset[name]);
  const questions = [...document.querySelectorAll("[data-k]")].map((element) => {
    const [minimum, maximum, decimals] = own(element, "b") || [];
    const fields = [...element.querySelectorAll("[name]")];
    return {
      element,
      kind: element.dataset.k,
      bounds: { minimum, maximum, decimals },
      condition: own(element, "if"),
      rule: own(element, "rule"),
      fields,
      names: new Set(fields.map((field) => field.name)),
    };
  });
  const sections = [...document.querySelectorAll("section")];
  const texts = (fields, name) =>
    fields.filter((one) => one.name === name && (one.checked || !/^(radio|checkbox)$/.test(one.type))).map((one) => one.value);
  const update = () => {
    const values = Object.create(null);
    // A day is Viet Nam's, seven hours before UTC's.
    const today = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10);
    for (const { element, kind, bounds, condition, rule, fields, names } of questions) {
      element.hidden = condition !== undefined && loaLogic.evaluate(condition, values, today) !== true;
      if (element.hidden) continue;
      for (const name of names) {
        const value = loaLogic.read(name.endsWith(".other") ? "short_text" : kind, texts(fields, name), bounds);
        if (value !== undefined) values[name] = value;
      }
      if (rule === undefined) continue;
      const broken = [...names].some((name) => name in values) && loaLogic.evaluate(rule, values, today) === false;
      const told = element.querySelector("[role=status] span");
      if (told) told.hidden = !broken;
      // The server does not count an answer that it refuses either.
      if (broken) for (const name of names) delete values[name];
    }
    for (const one of sections) one.hidden = ![...one.querySelectorAll("[data-k]")].some((each) => !each.hidden);
  };
  document.documentElement.classList.add("js");
  document.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();
})();
