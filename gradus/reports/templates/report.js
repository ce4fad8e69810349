
// Adds a button to what may be copied, and unfolds evidence for a printer. The page works without.
if (navigator.clipboard) {
  for (const pre of document.querySelectorAll("pre.copy")) {
    const button = document.createElement("button");
    const { copy, copied, byHand } = document.body.dataset;
    button.type = "button";
    button.className = "copier";
    button.textContent = copy;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = copied;
      } catch {
        button.textContent = byHand;
      }
      setTimeout(() => { button.textContent = copy; }, 2000);
    });
    pre.after(button);
  }
}
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll(".law details:not([open])")];
  for (const details of unfolded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of unfolded) details.open = false;
});
