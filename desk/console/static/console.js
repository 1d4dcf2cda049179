// The console's only script: keys, passkeys, and the queue kept fresh in place. All else works without it.
"use strict";

(() => {
  const here = document.body.dataset.page;
  const FRESH_MS = 30000;

  // ---- keys -------------------------------------------------------------------------------------

  const KEYS_OFF = "lifebelt-keys-off";
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private mode */ } };
  const links = () => [...document.querySelectorAll("#list [data-report] a")];
  const go = (path) => () => location.assign(path);
  const press = (selector) => () => document.querySelector(selector)?.click();

  const step = (by) => () => {
    const all = links();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1);
    all[next].focus({ preventScroll: true });
    all[next].closest("tr").scrollIntoView({ block: "nearest" });
  };

  const toReported = () => {
    const message = document.querySelector("[data-reported]");
    message?.focus({ preventScroll: true });
    message?.scrollIntoView({ block: "center" });
  };

  const openMarked = () => {
    if (links().includes(document.activeElement)) document.activeElement.click();
  };

  // Nobody has it: it is mine. Where somebody has it, the page of the case says who.
  const takeMarked = () => {
    const row = document.activeElement?.closest("#list [data-report]");
    const form = document.getElementById("take");
    if (!row || !form) return;
    if (row.dataset.holder) { row.querySelector("a").click(); return; }
    form.action = `/case/${encodeURIComponent(row.dataset.report)}/take`;
    form.submit();
  };

  const keys = {
    j: step(1),
    k: step(-1),
    o: openMarked,
    r: () => (document.getElementById("queue") ? refresh() : undefined),
    u: press("[data-up]"),
    c: () => (document.getElementById("take") ? takeMarked() : press("#uncovered [data-cover]")()),
    "/": go("/search"),
    m: toReported,
    "?": go("/help"),
  };

  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (!document.querySelector(".me") || stored(KEYS_OFF)) return;
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    const act = Object.hasOwn(keys, event.key) && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const keysOn = document.getElementById("keys-on");
  if (keysOn) {
    keysOn.closest("[hidden]").hidden = false;
    keysOn.checked = !stored(KEYS_OFF);
    keysOn.addEventListener("change", () => store(KEYS_OFF, keysOn.checked ? "" : "off"));
  }

  // ---- passkeys -----------------------------------------------------------------------------------

  const able = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);
  const ask = {
    make: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
    show: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  };

  const withPasskey = (form) => async (event) => {
    event.preventDefault();
    const refused = form.querySelector("[data-refused]");
    refused.hidden = true;
    try {
      const credential = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      refused.hidden = false;
    }
  };

  if (able) {
    document.querySelector("[data-without]")?.remove();
    for (const form of document.querySelectorAll("[data-passkey]")) {
      form.hidden = false;
      form.addEventListener("submit", withPasskey(form));
    }
  }

  // ---- the queue, in place -----------------------------------------------------------------------

  const queue = document.getElementById("queue");
  const live = document.getElementById("live");
  let running = false;
  let again = false;

  const showLive = (on) => {
    if (!live) return;
    live.textContent = on ? live.dataset.on : live.dataset.off;
    live.classList.toggle("on", on);
  };

  const rowsIn = (list) => new Map([...list.querySelectorAll("[data-report]")].map((row) => [row.dataset.report, row]));

  const inView = (row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };

  // What must not move under whoever reads it: the marked row, else the first one they see.
  const steady = (rows, focused) => [rows.get(focused), ...rows.values()].find((row) => row && inView(row));

  const focusedReport = () => document.activeElement?.closest("#list [data-report]")?.dataset.report;

  const neighbour = (before, after, report) => {
    const order = [...before.keys()];
    const at = order.indexOf(report);
    const rest = [...order.slice(at + 1), ...order.slice(0, at).reverse()];
    return after.get(rest.find((other) => after.has(other)));
  };

  const same = (one, other) => one.innerHTML === other.innerHTML;

  const patch = (row, fresh) => {
    row.className = fresh.className;
    row.dataset.said = fresh.dataset.said;
    row.dataset.holder = fresh.dataset.holder;
    [...fresh.cells].forEach((cell, at) => {
      if (!same(cell, row.cells[at])) row.cells[at].replaceChildren(...cell.childNodes);
    });
    return row;
  };

  // Rows that stay are never taken out, so that whoever is on one of them is not moved or read to again.
  const patchRows = (body, before, after) => {
    for (const [report, row] of before) if (!after.has(report)) row.remove();
    let cursor = body.firstElementChild;
    for (const [report, fresh] of after) {
      const row = before.has(report) ? patch(before.get(report), fresh) : fresh;
      if (row === cursor) cursor = cursor.nextElementSibling;
      else body.insertBefore(row, cursor);
    }
  };

  const patchList = (old, fresh, before, after) => {
    const [oldBody, freshBody] = [old, fresh].map((list) => list.querySelector("tbody"));
    if (!oldBody || !freshBody) { old.replaceChildren(...fresh.childNodes); return; }
    patchRows(oldBody, before, after);
    for (const part of [".sum", ".floods", ".pages"]) {
      const [was, is] = [old, fresh].map((list) => list.querySelector(part));
      if (!same(was, is)) was.replaceChildren(...is.childNodes);
    }
  };

  const replaceList = (fresh) => {
    const old = document.getElementById("list");
    const before = rowsIn(old);
    const after = rowsIn(fresh);
    const focused = focusedReport();
    const anchor = scrollY > 0 ? steady(before, focused) : undefined;
    const top = anchor?.getBoundingClientRect().top;
    old.dataset.waiting = fresh.dataset.waiting;
    patchList(old, fresh, before, after);
    const rows = rowsIn(old);
    if (focused && focusedReport() !== focused) {
      (rows.get(focused) ?? neighbour(before, rows, focused))?.querySelector("a").focus({ preventScroll: true });
    }
    const moved = anchor && rows.get(anchor.dataset.report);
    if (moved) scrollBy(0, moved.getBoundingClientRect().top - top);
    announce(before, rows);
    title(old);
  };

  const announce = (before, rows) => {
    const news = [...rows].filter(([report]) => !before.has(report)).map(([, row]) => row.dataset.said);
    if (news.length) document.getElementById("said").textContent = news.slice(0, 3).join(" ");
  };

  const title = (list) => {
    const waiting = list.dataset.waiting;
    document.title = (waiting === "0" ? "" : `(${waiting}) `) + list.dataset.base;
  };

  const refresh = async () => {
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(queue.dataset.rows + location.search, { redirect: "error" });
      if (answer.status === 401) { over(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      replaceList(document.adoptNode(page.getElementById("list")));
      if (channelOpen) showLive(true);
    } catch {
      showLive(false);
    } finally {
      running = false;
      if (again) { again = false; refresh(); }
    }
  };

  // ---- what the desk tells: one stream a browser, shared by its tabs --------------------------------

  let channelOpen = false;
  let leading = false;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("lifebelt-desk") : null;

  // The session has ended: what was uncovered must not stay on the screen.
  const over = () => {
    document.getElementById("uncovered")?.remove();
    location.replace(`/sign-in?to=${encodeURIComponent(location.pathname)}`);
  };

  const told = (what) => {
    if (what === "over") over();
    if (what === "lost") { channelOpen = false; if (queue) showLive(false); }
    if (what === "queue") { channelOpen = true; if (queue) refresh(); }
    if (what === "hello" && leading && channelOpen) tell("queue");
  };

  const tell = (what) => { channel?.postMessage(what); told(what); };

  // The browser does not say why a stream was refused; a plain question does.
  const refused = async () => {
    const answer = await fetch("/queue/rows", { redirect: "error" }).catch(() => null);
    if (answer?.status === 401) tell("over");
  };

  const listen = () => new Promise((done) => {
    const stream = new EventSource("/live");
    stream.addEventListener("queue", () => tell("queue"));
    stream.addEventListener("over", () => { stream.close(); tell("over"); done(); });
    stream.addEventListener("error", () => {
      tell("lost");
      if (stream.readyState === EventSource.CLOSED) refused().then(() => setTimeout(done, FRESH_MS / 3));
    });
  });

  const keepListening = async () => {
    leading = true;
    for (;;) await listen();
  };

  if (document.querySelector(".top nav")) {
    channel?.addEventListener("message", (event) => told(event.data));
    channel?.postMessage("hello");
    if (channel && navigator.locks) navigator.locks.request("lifebelt-desk-live", keepListening);
    else keepListening();
  }

  if (queue) {
    document.getElementById("refresh").addEventListener("click", (event) => { event.preventDefault(); refresh(); });
    setInterval(refresh, FRESH_MS);
    refresh();
  }

  // Coming back with the browser's Back button must not show what was uncovered before.
  addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.pathname + location.search); });
})();
