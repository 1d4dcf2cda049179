// The report button, for any page:
//   <script src="https://…/button.js" data-community="…" defer></script>
// It puts one button on the page and opens the dialogue in a frame of its own. Nothing of the page is read;
// the page may hand over what it shows:  Lifebelt.report({messages: […]}).  Keeps nothing, asks no one else.
"use strict";
(() => {
  const WORDS = "%WORDS%";
  const SHIFTS = 3;
  const SHIFTS_WITHIN = 5000; // ms
  const script = document.currentScript;
  if (!script || window.Lifebelt) return;
  const home = new URL(script.src).origin;
  const community = script.dataset.community || "";
  const language = (script.dataset.language || document.documentElement.lang || "en").toLowerCase();
  const words = WORDS[language] || WORDS[language.split("-")[0]] || WORDS.en;

  // Everything here lies behind a shadow root; `all: initial` keeps the page's styles out, and none of ours gets out.
  const STYLE = `
    :host { all: initial; }
    *, *::before { box-sizing: border-box; }
    .opener, dialog {
      --accent: #0a5566; --accent-dark: #073f4c; --on-accent: #fff; --sheet: #f7f8f6; --ink: #16222c; --hair: #8a96a0;
      font: 600 17px/1.25 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
    }
    .opener {
      display: inline-flex; align-items: center; gap: .6em; min-height: 52px; max-width: calc(100vw - 32px);
      padding: 10px 20px; border: 2px solid #fff; border-radius: 26px; background: var(--accent); color: var(--on-accent);
      box-shadow: 0 2px 12px rgb(0 0 0 / .28); cursor: pointer; text-align: start;
    }
    .opener:hover { background: var(--accent-dark); }
    .opener.floats { position: fixed; inset-inline-end: 16px; inset-block-end: 16px; z-index: 2147483000; }
    svg { width: 1.35em; height: 1.35em; flex: none; fill: none; stroke: currentColor; stroke-width: 2.2; }
    :focus-visible { outline: 3px solid #16222c; outline-offset: 2px; box-shadow: 0 0 0 6px #ffcf4a; }
    dialog {
      position: fixed; inset: 0; width: min(100vw, 44rem); height: 100vh; height: 100dvh; max-width: none; max-height: none;
      margin: 0 0 0 auto; padding: 0; border: 0; background: var(--sheet); color: var(--ink); overflow: hidden;
    }
    dialog[open] { display: grid; grid-template-rows: auto 1fr; }
    dialog::backdrop { background: rgb(10 20 28 / .55); }
    .top { display: flex; align-items: center; justify-content: space-between; gap: 1em; padding: 4px 4px 4px 18px; border-bottom: 1px solid var(--hair); }
    h2 { margin: 0; font: inherit; }
    .close { min-width: 48px; min-height: 48px; padding: 0 18px; border: 0; border-radius: 8px; background: transparent; color: inherit; font: inherit; text-decoration: underline; text-underline-offset: .2em; cursor: pointer; }
    iframe { display: block; width: 100%; height: 100%; border: 0; background: var(--sheet); }
    .cover { position: fixed; inset: 0; width: 100vw; height: 100vh; height: 100dvh; background: Canvas; z-index: 2147483647; }
    @media (min-width: 48rem) {
      dialog { inset: 24px 24px 24px auto; height: calc(100vh - 48px); border-radius: 16px; box-shadow: 0 12px 48px rgb(0 0 0 / .4); }
    }
    @media (prefers-color-scheme: dark) {
      .opener, dialog { --accent: #85d3e1; --accent-dark: #b5e6ef; --on-accent: #06242b; --sheet: #10171d; --ink: #eef3f6; --hair: #33414d; }
      .opener { border-color: #06242b; }
    }
    @media (forced-colors: active) { .opener, .close, dialog { border: 2px solid ButtonText; } }
    @media print { .opener { display: none; } }
  `;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  let frame = null;
  let waiting = null; // a conversation not handed over yet
  let loaded = false;
  let exit = "";
  let from = null; // what had the focus

  function element(name, attributes = {}, ...inside) {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...inside);
    return made;
  }

  function style() {
    // A sheet made by script passes the page's own content policy; an inline one might not.
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch { root.append(element("style", {}, STYLE)); }
  }

  function ring() {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("aria-hidden", "true");
    for (const radius of ["8.5", "3.6"]) {
      const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      for (const [name, value] of [["cx", "12"], ["cy", "12"], ["r", radius]]) circle.setAttribute(name, value);
      picture.append(circle);
    }
    return picture;
  }

  const target = script.dataset.target ? document.querySelector(script.dataset.target) : null;
  const opener = element("button", { type: "button", class: target ? "opener" : "opener floats", "aria-haspopup": "dialog" });
  opener.append(ring(), script.dataset.label || words.label);
  const heading = element("h2", { id: "name" }, words.title);
  const closer = element("button", { type: "button", class: "close" }, words.close);
  const dialog = element("dialog", { "aria-labelledby": "name" }, element("div", { class: "top" }, heading, closer));

  function open(conversation) {
    if (conversation) waiting = conversation;
    if (dialog.open) { greet(); return; }
    from = root.activeElement || document.activeElement;
    loaded = false;
    frame = element("iframe", {
      title: words.title,
      referrerpolicy: "no-referrer",
      allow: "clipboard-write",
      src: `${home}/report/${encodeURIComponent(community)}`,
    });
    frame.addEventListener("load", () => { loaded = true; greet(); });
    dialog.append(frame);
    dialog.showModal();
    frame.focus();
  }

  function greet() {
    if (!loaded || !frame) return;
    const hello = { lifebelt: "hello" };
    // A page may hand over what breaks as it is read: the dialogue opens all the same, and says so.
    try { if (waiting) hello.conversation = written(waiting); } catch { hello.conversation = {}; }
    waiting = null;
    frame.contentWindow.postMessage(hello, home);
  }

  // What cannot be written as JSON, such as a ring, takes only its own field away.
  function written(conversation) {
    try { return plain(conversation); } catch { /* Field by field, then. */ }
    const messages = Array.isArray(conversation.messages) ? conversation.messages : [];
    return { ...fieldByField({ ...conversation, messages: null }), messages: messages.map(fieldByField) };
  }

  function fieldByField(one) {
    const fields = {};
    for (const [name, value] of Object.entries(one || {})) {
      try { if (value !== undefined) fields[name] = plain(value); } catch { fields[name] = {}; }
    }
    return fields;
  }

  const plain = (value) => JSON.parse(JSON.stringify(value, (_name, part) => (typeof part === "bigint" ? String(part) : part)));

  function close() {
    if (dialog.open) dialog.close();
    if (frame) frame.remove();
    frame = null;
    shifts = 0;
    waiting = null; // what was not handed over belongs to the telling that was given up
    if (from && from.isConnected) from.focus(); else opener.focus();
    from = null;
  }

  function leave(to) {
    if (!/^https?:\/\//.test(to)) return;
    const cover = element("div", { class: "cover" });
    (dialog.open ? dialog : root).append(cover);
    document.title = "";
    window.location.replace(to);
  }

  let shifts = 0;
  let shiftsFrom = 0;
  function countShift(event) {
    if (!dialog.open || event.key !== "Shift") { shifts = 0; return; }
    if (event.repeat) return;
    if (event.timeStamp - shiftsFrom > SHIFTS_WITHIN) shifts = 0;
    if (shifts === 0) shiftsFrom = event.timeStamp;
    shifts += 1;
    if (shifts >= SHIFTS && exit) leave(exit);
  }

  function onMessage(event) {
    if (event.origin !== home || !frame || event.source !== frame.contentWindow) return;
    const message = event.data || {};
    if (message.lifebelt === "here") {
      exit = String(message.exit || "");
      if (shifts >= SHIFTS) leave(exit); // asked for before it was known where to
    }
    if (message.lifebelt === "close") close();
    if (message.lifebelt === "leave") leave(String(message.to || ""));
  }

  function place() {
    style();
    root.append(opener, dialog);
    (target || document.body).append(host);
  }

  opener.addEventListener("click", () => open());
  closer.addEventListener("click", close);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  document.addEventListener("keydown", countShift, true);
  window.addEventListener("message", onMessage);
  window.Lifebelt = Object.freeze({ open: () => open(), report: (conversation) => open(conversation) });
  if (document.body) place(); else document.addEventListener("DOMContentLoaded", place);
})();
