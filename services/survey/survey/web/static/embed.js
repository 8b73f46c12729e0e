// A poll within another website's page. A browser that has answered is told so, as on the poll's own page, and somebody
// else may answer all the same. Without this file, or where nothing is kept for pages within others, the question is there.
(() => {
  const main = document.querySelector("main");
  const { code, receipt } = main.dataset;
  if (/[?&]shared=1(&|$)/.test(location.search)) return;
  if (receipt) {
    loaStore.put("done", { receipt }, code).catch(() => 0);
    return;
  }
  const form = document.querySelector("form");
  const again = document.getElementById("again");
  if (!form || !again || document.querySelector(".summary")) return;
  const change = (isDone) => {
    again.hidden = !isDone;
    form.hidden = isDone;
  };
  again.querySelector("button").onclick = () => {
    change(false);
    form.querySelector("input:not([type=hidden])").focus();
  };
  loaStore.get("done", code).then((done) => done && change(true)).catch(() => 0);
})();
