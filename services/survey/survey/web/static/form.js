// Hides the questions that earlier answers make needless. Without this file they are shown, and the server drops them.
(() => {
  const conditional = document.querySelectorAll("[data-if]");
  const answered = (name, codes) =>
    [...document.getElementsByName(name)].some((one) => one.checked && !one.closest("[hidden]") && codes.includes(one.value));
  const update = () => {
    for (const one of conditional) one.hidden = !answered(one.dataset.if, one.dataset.is.split(" "));
  };
  document.documentElement.classList.add("js");
  document.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();
})();
