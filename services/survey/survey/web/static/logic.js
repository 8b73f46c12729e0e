// Conditions and constraints, evaluated exactly as survey/questionnaires/expression.py does: see there, and docs/questionnaires.md.
const loaLogic = (() => {
  const has = (one, key) => Object.prototype.hasOwnProperty.call(one, key);
  // An exact fraction from the shortest decimal spelling of a number, such as 0.1 or 1e-7.
  const fraction = (text) => {
    const [, sign, whole, part = "", power = 0] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text);
    const shift = power - part.length;
    return { n: BigInt(sign + whole + part + "0".repeat(Math.max(shift, 0))), d: BigInt("1" + "0".repeat(Math.max(-shift, 0))) };
  };
  const literal = (one) => {
    if (typeof one === "number") return fraction(String(one));
    return typeof one === "string" ? one.normalize("NFC") : typeof one === "boolean" ? one : null;
  };
  const isDate = (one) => typeof one === "string" && /^\d{4}-\d\d-\d\d$/.test(one);
  const isNumber = (one) => one !== null && typeof one === "object";
  const order = (a, b) => {
    if (isNumber(a) && isNumber(b)) [a, b] = [a.n * b.d, b.n * a.d];
    else if (!isDate(a) || !isDate(b)) return null;
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const equal = (a, b) => {
    if (a === null || b === null || typeof a !== typeof b) return null;
    return isNumber(a) ? order(a, b) === 0 : a === b;
  };
  const sum = (a, b) => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });
  const product = (a, b) => ({ n: a.n * b.n, d: a.d * b.d });
  const negative = (a) => ({ n: -a.n, d: a.d });
  const inverse = (a) => (a.n < 0 ? { n: -a.d, d: -a.n } : { n: a.d, d: a.n });
  const ordered = (accept) => (a, b) => {
    const found = order(a, b);
    return found === null ? null : accept(found);
  };
  const invert = (one) => (typeof one === "boolean" ? !one : null);
  const compare = {
    "=": equal,
    "!=": (a, b) => invert(equal(a, b)),
    "<": ordered((found) => found < 0),
    "<=": ordered((found) => found <= 0),
    ">": ordered((found) => found > 0),
    ">=": ordered((found) => found >= 0),
  };
  const calculate = {
    "+": sum,
    "-": (a, b) => sum(a, negative(b)),
    "*": product,
    "/": (a, b) => (b.n == 0 ? null : product(a, inverse(b))),
  };
  const day = (today, years, days) => {
    const [y, m, d] = today.split("-").map(Number);
    const last = new Date(Date.UTC(y + years, m, 0)).getUTCDate();
    return new Date(Date.UTC(y + years, m - 1, Math.min(d, last) + days)).toISOString().slice(0, 10);
  };
  const evaluate = (e, values, today) => {
    if (e === null || typeof e !== "object") return literal(e);
    const all = (operator) => e[operator].map((each) => evaluate(each, values, today));
    const value = (operator) => {
      const key = has(e, "row") ? e[operator] + "." + e.row : e[operator];
      return has(values, key) ? values[key] : undefined;
    };
    if (has(e, "and")) {
      const found = all("and");
      return found.includes(false) ? false : found.every((one) => one === true) || null;
    }
    if (has(e, "or")) {
      const found = all("or");
      return found.includes(true) || (found.every((one) => one === false) ? false : null);
    }
    if (has(e, "not")) return invert(evaluate(e.not, values, today));
    if (has(e, "question")) {
      const given = value("question");
      if (typeof given === "string") return e.is.includes(given);
      return Array.isArray(given) ? given.some((code) => e.is.includes(code)) : null;
    }
    if (has(e, "answer")) return literal(value("answer"));
    if (has(e, "answered")) return value("answered") !== undefined;
    if (has(e, "count")) {
      const given = value("count");
      return Array.isArray(given) ? fraction(String(given.length)) : null;
    }
    if (has(e, "in")) {
      const one = evaluate(e.in[0], values, today);
      return one === null ? null : e.in[1].some((each) => equal(one, literal(each)) === true);
    }
    if (has(e, "date")) return e.date;
    if (has(e, "today")) return day(today, e.years || 0, e.today);
    for (const operator in compare) if (has(e, operator)) return compare[operator](...all(operator));
    for (const operator in calculate) {
      if (has(e, operator)) return all(operator).reduce((a, b) => (isNumber(a) && isNumber(b) ? calculate[operator](a, b) : null));
    }
    return null;
  };
  const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  const strip = (text) => text.replace(new RegExp("^" + SPACE + "|" + SPACE + "$", "g"), "");
  const number = (text, { minimum, maximum, decimals }) => {
    const form = new RegExp("^-?\\d+" + (decimals ? "(?:[.,]\\d{1," + decimals + "})?" : "") + "$");
    const found = form.test(text) ? Number(text.replace(",", ".")) : NaN;
    return found >= minimum && found <= maximum ? found + 0 : undefined;
  };
  const date = (text, { minimum, maximum }) => {
    const local = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
    const iso = local ? local[3] + "-" + local[2].padStart(2, "0") + "-" + local[1].padStart(2, "0") : text;
    const real = isDate(iso) && iso >= "1900" && iso < "2101" && !isNaN(Date.parse(iso)) && new Date(iso).toISOString().slice(0, 10) === iso;
    return real && !(iso < minimum || iso > maximum) ? iso : undefined;
  };
  // The first and last day that are taken, which may move with today; the bounds of anything else as they are.
  const bounded = (kind, [minimum, maximum, decimals], today) =>
    kind === "date" && maximum ? { minimum: evaluate(minimum, {}, today), maximum: evaluate(maximum, {}, today) } : { minimum, maximum, decimals };
  // The stored form of what a field holds; undefined for no answer, and for one that the server would refuse.
  const read = (kind, texts, bounds) => {
    const given = texts.filter((text) => strip(text));
    if (!given.length) return undefined;
    if (kind === "multiple") return given;
    if (kind === "ranking") return new Set(given).size === given.length ? given : undefined;
    if (given.length > 1) return undefined;
    if (kind === "scale" || kind === "number") return number(strip(given[0]), bounds);
    if (kind === "date") return date(strip(given[0]), bounds);
    if (kind === "short_text") return strip(given[0].normalize("NFC")).replace(new RegExp(SPACE, "g"), " ");
    return kind === "long_text" ? strip(given[0].replace(/\r\n?/g, "\n").normalize("NFC")) : given[0];
  };
  return { evaluate, read, bounded };
})();
