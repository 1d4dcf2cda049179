// The practice room: `/report`, "Report message" and a composer that talks to nobody.
"use strict";
(() => {
  const talk = document.getElementById("talk");
  const composer = document.getElementById("composer");
  const field = document.getElementById("composer-text");
  const commands = document.getElementById("commands");
  const isCommand = (text) => /^\/report\b/i.test(text.trim());

  function conversation(reported) {
    const messages = [...talk.querySelectorAll("[data-message]")].map((line) => ({
      id: line.dataset.message,
      author: { id: line.dataset.author, name: line.querySelector(".who b").textContent },
      text: line.querySelector(".text").textContent,
      sentAt: line.querySelector("time").dateTime,
      own: "own" in line.dataset,
      reported: line.dataset.message === reported,
    }));
    return { channel: talk.dataset.channel, messages };
  }

  function say(text) {
    const own = talk.querySelector("[data-own]");
    const line = own.cloneNode(true);
    const now = new Date();
    line.dataset.message = `typed-${now.getTime()}`;
    line.querySelector(".text").textContent = text;
    line.querySelector("time").dateTime = now.toISOString();
    line.querySelector("time").textContent = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    talk.append(line);
    line.scrollIntoView({ block: "nearest" });
  }

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    const opens = isCommand(text) || !commands.hidden;
    field.value = "";
    commands.hidden = true;
    if (opens) window.Lifebelt.report(conversation(null)); else if (text) say(text);
  });

  field.addEventListener("input", () => { commands.hidden = !/^\/\w*$/.test(field.value); });
  field.addEventListener("keydown", (event) => { if (event.key === "Escape") commands.hidden = true; });

  talk.addEventListener("click", (event) => {
    const link = event.target.closest("[data-report]");
    if (!link) return;
    event.preventDefault();
    link.closest("details").open = false;
    window.Lifebelt.report(conversation(link.dataset.report));
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  talk.scrollTop = talk.scrollHeight;
})();
