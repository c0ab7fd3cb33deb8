// Copy a key, and keep the activity on the front page fresh.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

const activity = document.querySelector("[data-renew]");

async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch(activity.dataset.renew);
    const html = await answer.text();
    if (answer.ok && html !== activity.shown) activity.innerHTML = activity.shown = html;
    document.body.classList.remove("stopped");
  } catch {
    document.body.classList.add("stopped");
  }
}

if (activity) setInterval(renew, 1500);
