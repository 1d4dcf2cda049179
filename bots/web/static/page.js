// What a little script adds to pages that work without it: leaving faster, losing nothing when the line
// drops, hearing back on the open screen, and taking over a conversation from the page around the frame.
// It keeps nothing in the browser and speaks to its own server only.
"use strict";
(() => {
  const SHIFTS = 3;
  const SHIFTS_WITHIN = 5000; // ms
  const POLL_EVERY = 15000; // ms
  const LOOK_EVERY = 3000; // ms
  const ANSWER_WITHIN = 12000; // ms
  const EVIDENCE_WITHIN = 2500; // ms
  const HANDED_MESSAGES = 200;
  const HANDED_BYTES = 900000;
  const HANDED_FILES = 20; // of one message
  // Characters. More than a server keeps and searches: where a text ends is the server's to say.
  const HANDED_TEXT = 45000;
  const HANDED_SHORT = 7000;
  const LONG_PICTURE = 1000;
  const PICTURE = /data:(?:[a-z]+\/[\w.+-]{1,80})?(?:;[^\s,;"'<>]{0,80}){0,8},/gi;
  const PICTURE_END = /(?=[\s"'<>()])|$/g;
  const DRAWING = /data:image\/svg[^,]{0,200},\s{0,8}(?:<|%3c)/gi;
  const DRAWING_END = /(?:<|%3c)\/svg(?:\s{0,8}(?:>|%3e))?/gi;
  const NO_WORDS = ["", "0", "false", "no", "off", "null", "none", "undefined"]; // As core/evidence/site.py has them.
  const framed = window.parent !== window;
  let around = null; // the origin of the page around the frame, once it has shown itself
  let evidence = null; // {conversation, origin, kept: it is, or never will be}
  let moved = false; // something was pressed since the page came
  let presses = 0;
  let waitsFor = 0; // the press whose answer is on its way; 0: none
  let leaving = false;

  const data = (name) => document.body.dataset[name] || "";
  const say = (text) => { const line = document.querySelector("[data-say]"); if (line) line.textContent = text; };
  const tellAround = (message) => { if (around) window.parent.postMessage(message, around); };

  // Leaving

  function cover() {
    const sheet = document.createElement("div");
    sheet.className = "cover";
    document.body.replaceChildren(sheet);
    document.title = "";
  }

  function leave() {
    if (leaving) return;
    leaving = true;
    const to = data("exit");
    say(data("exitLeaving"));
    cover();
    tellAround({ lifebelt: "leave", to });
    try { window.top.location.replace(to); } catch { window.location.replace(to); }
  }

  function hide() {
    leaving = true;
    cover();
    tellAround({ lifebelt: "close" });
    window.location.replace("/hidden");
  }

  let shifts = 0;
  let shiftsFrom = 0;
  function countShift(event) {
    if (event.key !== "Shift") { shifts = 0; return; }
    if (event.repeat) return;
    const now = event.timeStamp;
    if (now - shiftsFrom > SHIFTS_WITHIN) shifts = 0;
    if (shifts === 0) shiftsFrom = now;
    shifts += 1;
    if (shifts >= SHIFTS) leave(); else say(data(shifts === 1 ? "exitTwo" : "exitOne"));
  }

  // A page left alone empties itself; whoever is writing is not gone.

  let emptyAt = 0;
  let emptier = 0;
  function beginEmptying() {
    const after = Number(data("emptiesAfter")) * 1000;
    if (!after) return;
    emptyAt = Date.now() + after;
    clearTimeout(emptier);
    emptier = setTimeout(hide, after);
  }
  const emptyIfDue = () => { if (emptyAt && Date.now() >= emptyAt) hide(); };

  // Pressing, without a line in the browser's history

  function fieldsOf(form, submitter) {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) fields.append(name, value);
    if (submitter && submitter.name) fields.append(submitter.name, submitter.value);
    return fields;
  }

  async function post(address, body, type, keepalive) {
    const headers = type ? { "Content-Type": type } : {};
    const signal = AbortSignal.timeout(ANSWER_WITHIN);
    return fetch(address, { method: "POST", body, headers, credentials: "omit", cache: "no-store", keepalive, signal });
  }

  // What a page that says something went wrong says, to be said on the page that still has what was typed.
  function wordsOf(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const words = page.querySelector(".notice.lead p");
    return words ? words.textContent : data("offline");
  }

  async function onSubmit(event) {
    const form = event.target;
    const submitter = event.submitter;
    if (submitter && "enter" in submitter.dataset && submitter.value === "resume") { event.preventDefault(); return; }
    if (form.method !== "post") return;
    event.preventDefault();
    const address = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action");
    const hides = submitter && submitter.value === "hide";
    const helps = address.startsWith("/help");
    if (waitsFor && !hides && !helps) return; // Help and "Hide this" wait for no answer.
    const press = waitsFor = ++presses;
    form.setAttribute("aria-busy", "true");
    const fields = fieldsOf(form, submitter);
    if (hides) { post(address, fields, null, true).catch(() => {}); hide(); return; }
    try {
      if (!helps) await keepEvidence();
      const answer = await post(address, fields);
      const html = await answer.text();
      if (press !== waitsFor) return; // Help was pressed meanwhile, and stays.
      if (answer.ok || answer.status === 429) show(html); else offline(wordsOf(html));
      moved = true;
    } catch {
      if (press === waitsFor) offline(data("offline"));
    } finally {
      if (press === waitsFor) {
        waitsFor = 0;
        document.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
      }
    }
  }

  function show(html) {
    if (leaving) return;
    const page = new DOMParser().parseFromString(html, "text/html");
    if (page.body.classList.contains("nothing")) { hide(); return; }
    for (const name of Object.keys(document.body.dataset)) delete document.body.dataset[name];
    Object.assign(document.body.dataset, page.body.dataset);
    document.body.replaceChildren(...page.body.childNodes);
    window.scrollTo(0, 0);
    wake();
    const heading = document.querySelector("h1");
    if (heading) heading.focus({ preventScroll: true });
  }

  function offline(words) {
    const main = document.querySelector("main");
    document.querySelectorAll(".offline").forEach((one) => one.remove());
    const notice = document.createElement("div");
    notice.className = "notice danger offline";
    notice.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = words;
    notice.append(line);
    const numbers = document.getElementById("numbers");
    if (numbers) notice.append(numbers.content.cloneNode(true));
    main.prepend(notice);
    notice.scrollIntoView({ block: "center" });
  }

  // The page around the frame

  function origins() {
    return data("origins").split(" ").map((one) => (one === "'self'" ? window.location.origin : one));
  }

  function onMessage(event) {
    if (!framed || event.source !== window.parent || !origins().includes(event.origin)) return;
    const message = event.data;
    if (!message || message.lifebelt !== "hello") return;
    around = event.origin;
    tellAround({ lifebelt: "here", exit: data("exit") });
    if (message.conversation && typeof message.conversation === "object") {
      evidence = { conversation: nearest(message.conversation), origin: event.origin, kept: false };
      keepEvidence();
    }
  }

  // Never more than a server takes: the messages around the one that is reported, and how many were left out;
  // of a single one that is still too much, fewer files. The texts alone always fit.
  function nearest(conversation) {
    const all = Array.isArray(conversation.messages) ? conversation.messages : [];
    let most = HANDED_MESSAGES;
    let files = HANDED_FILES;
    let part = aroundReported(conversation, all, most, files);
    while (weight(part) > HANDED_BYTES && files > 0) {
      if (most > 1) most = Math.floor(most / 2); else files = Math.floor(files / 2);
      part = aroundReported(conversation, all, most, files);
    }
    return part;
  }

  const weight = (conversation) => new TextEncoder().encode(JSON.stringify(conversation)).length;

  function aroundReported(conversation, all, most, files) {
    const reported = all.findIndex((one) => one && isYes(one.reported));
    const middle = reported < 0 ? all.length : reported;
    const from = Math.max(0, Math.min(middle - Math.floor(most / 2), all.length - most));
    const messages = all.slice(from, from + most);
    return {
      channel: short(conversation.channel),
      messages: messages.map((one) => slim(one, files)),
      leftOutBefore: adding(conversation.leftOutBefore, from),
      leftOutAfter: adding(conversation.leftOutAfter, all.length - from - messages.length),
    };
  }

  function isYes(value) {
    if (typeof value === "string") return !NO_WORDS.includes(value.trim().toLowerCase());
    return (typeof value === "boolean" || typeof value === "number") && Boolean(value);
  }

  // A message with what a server reads of it and nothing else: no field of it can take the others away.
  function slim(message, files) {
    if (!isMap(message)) return null;
    const { id, author, text, sentAt, editedAt, replyTo, attachments, reported, own } = message;
    const whole = typeof text === "string" ? withoutPictures(text) : text;
    const listed = Array.isArray(attachments) ? attachments : [];
    return {
      id: short(id),
      author: isMap(author) ? { id: short(author.id), name: short(author.name) } : short(author),
      text: cut(whole, HANDED_TEXT),
      leftOutCharacters: adding(message.leftOutCharacters, beyond(whole, HANDED_TEXT)),
      sentAt: short(sentAt),
      editedAt: short(editedAt),
      replyTo: short(replyTo),
      attachments: Array.isArray(attachments) ? listed.slice(0, files).map(slimFile) : short(attachments),
      leftOutAttachments: adding(message.leftOutAttachments, Math.max(0, listed.length - files)),
      reported: short(reported),
      own: short(own),
    };
  }

  function slimFile(file) {
    if (!isMap(file)) return null;
    return { name: short(file.name), type: short(file.type), size: short(file.size), url: short(file.url) };
  }

  const isMap = (value) => Boolean(value) && typeof value === "object" && !Array.isArray(value);
  const adding = (told, more) => (Number.isInteger(told) && told > 0 ? told : 0) + more;
  const short = (value) => cut(typeof value === "string" ? withoutPictures(value) : value, HANDED_SHORT);

  // So many characters of a text, never half of one. What has parts where none belong goes without them, to be called unreadable.
  function cut(value, most) {
    if (Array.isArray(value)) return [];
    if (typeof value !== "string") return value !== null && typeof value === "object" ? {} : value;
    return value.length <= most ? value : Array.from(value.slice(0, 2 * most)).slice(0, most).join("");
  }

  const beyond = (value, most) => (typeof value === "string" ? value.length - cut(value, most).length : 0);

  // The bytes of pictures go before anything is weighed. Short ones are left: the server knows more of their dresses.
  function withoutPictures(text) {
    if (text.length < LONG_PICTURE) return text;
    return without(without(text, DRAWING, DRAWING_END), PICTURE, PICTURE_END);
  }

  function without(text, head, tail) {
    let kept = "";
    let from = 0;
    for (const found of text.matchAll(head)) {
      if (found.index < from) continue;
      tail.lastIndex = found.index + found[0].length;
      const last = tail.exec(text);
      if (!last) break;
      const end = last.index + last[0].length;
      if (end - found.index < LONG_PICTURE) continue;
      const [, type = "no type"] = /^data:([\w.+/-]{1,80})/i.exec(found[0]) || [];
      kept += `${text.slice(from, found.index)}[data removed: ${type}, ${end - found.index} characters]`;
      from = end;
    }
    return kept + text.slice(from);
  }

  let keeping = null;
  function keepEvidence() {
    if (!evidence || evidence.kept) return Promise.resolve();
    keeping = keeping || sendEvidence().finally(() => { keeping = null; });
    return Promise.race([keeping, new Promise((done) => setTimeout(done, EVIDENCE_WITHIN))]);
  }

  async function sendEvidence() {
    const form = document.getElementById("dialogue");
    const key = form && form.elements.namedItem("key");
    if (!key) return;
    const late = moved;
    const body = JSON.stringify({ key: key.value, origin: evidence.origin, late, conversation: evidence.conversation });
    try {
      const answer = await post(`/report/${data("community")}/evidence`, body, "application/json");
      if (answer.status === 400 || answer.status === 413) { giveUp(answer); return; }
      if (late) { evidence.kept = (await answer.json()).stored === true; return; }
      const html = await answer.text();
      evidence.kept = answer.ok && html.includes('data-stored="yes"');
      if (answer.ok && !moved && !waitsFor) showKeepingEntries(html);
    } catch { /* Kept with the next press. */ }
  }

  // Asked again it would be refused again. The child is told; whoever made the page is told where, and no word of it.
  function giveUp(answer) {
    evidence.kept = true;
    const where = answer.headers.get("Lifebelt-Refused") || answer.status;
    console.warn(`Lifebelt: this conversation could not be kept (${where}).`);
    const heading = document.querySelector("main h1");
    if (!heading || leaving) return;
    const notice = document.createElement("div");
    notice.className = "notice state";
    notice.setAttribute("role", "status");
    const line = document.createElement("p");
    line.textContent = data("evidenceRefused");
    notice.append(line);
    heading.after(notice);
  }

  function showKeepingEntries(html) {
    const form = document.getElementById("dialogue");
    const entries = [...new FormData(form)].filter(([name, value]) => name.startsWith("answer.") && value);
    const at = document.activeElement && document.activeElement.id;
    show(html);
    for (const [name, value] of entries) {
      const field = document.getElementById("dialogue").elements.namedItem(name);
      if (field) field.value = value;
    }
    wakeLists();
    const focused = at && document.getElementById(at);
    if (focused) focused.focus();
  }

  // What became of it

  let poller = 0;
  async function poll() {
    const form = document.querySelector("[data-polls]");
    if (!form || document.hidden) return;
    const fields = new URLSearchParams();
    for (const name of ["key", "country"]) {
      const field = form.elements.namedItem(name);
      if (field) fields.append(name, field.value);
    }
    try {
      const answer = await post(form.dataset.polls, fields);
      const box = document.getElementById("told");
      if (!answer.ok || !box) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      wakeTimes(page);
      if (box.textContent.trim() !== page.body.textContent.trim()) box.replaceChildren(...page.body.childNodes);
    } catch { /* Asked again soon. */ }
  }

  // Where it is not known yet whether it is stored: "Look again" is pressed, and another answer shown.

  let looking = false;
  async function look() {
    const form = document.querySelector("[data-looks]");
    if (!form || document.hidden || waitsFor || looking) return;
    const fields = new URLSearchParams();
    for (const field of form.querySelectorAll("input[type=hidden]")) fields.append(field.name, field.value);
    fields.append("button", "check");
    looking = true;
    try {
      const answer = await post(form.getAttribute("action"), fields);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("dialogue");
      if (!answer.ok || !found || waitsFor || leaving || !form.isConnected) return;
      if (found.dataset.outcome !== form.dataset.outcome) exchange(form, found);
    } catch { /* Asked again soon. */ } finally { looking = false; }
  }

  // The focus, what was typed and the place on the page stay; what became of it is said politely.
  function exchange(form, found) {
    const focused = form.contains(document.activeElement) ? document.activeElement : null;
    const entries = [...new FormData(form)].filter(([name, value]) => name.startsWith("answer.") && value);
    const open = [...form.querySelectorAll("details[open]")].map((list) => list.parentElement.id);
    form.replaceWith(found);
    for (const [name, value] of entries) {
      const field = found.elements.namedItem(name);
      if (field) field.value = value;
    }
    wake();
    for (const list of found.querySelectorAll("details")) if (open.includes(list.parentElement.id)) list.open = true;
    if (focused) (twin(focused, found) || found.querySelector("h1")).focus({ preventScroll: true });
    const words = found.querySelector(".notice.lead p, .notice.state p");
    if (words) say(words.textContent);
  }

  function twin(element, found) {
    if (element.id) return found.querySelector(`#${CSS.escape(element.id)}`);
    return element.name ? found.querySelector(`[name="${element.name}"][value="${CSS.escape(element.value)}"]`) : null;
  }

  // Small comforts

  function wakeTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const clock = { hour: "2-digit", minute: "2-digit" };
      const today = at.toDateString() === new Date().toDateString();
      time.textContent = today ? at.toLocaleTimeString([], clock) : at.toLocaleString([], { day: "numeric", month: "short", ...clock });
    }
  }

  // A list in which something is chosen says what, and need not stay open among other questions.
  function foldLists() {
    const alone = document.querySelectorAll(".question").length < 2;
    for (const list of document.querySelectorAll("details.list.chosen")) list.open = alone;
  }

  function wakeLists() {
    for (const list of document.querySelectorAll("details.list")) {
      const chosen = list.querySelector("input:checked");
      const name = chosen && list.querySelector(`label[for="${CSS.escape(chosen.id)}"]`);
      list.classList.toggle("chosen", Boolean(name));
      if (name) list.querySelector("[data-chosen]").textContent = name.textContent;
    }
  }

  function onClick(event) {
    const on = (selector) => event.target.closest && event.target.closest(selector);
    if (on("[data-leave]")) { event.preventDefault(); leave(); return; }
    if (on("[data-hide]")) { event.preventDefault(); hide(); return; }
    if (on("[data-copies]")) { copy(); return; }
    const list = on("details.list");
    // A finger or a mouse has chosen: fold the list. Keys walk through it, and keep it open.
    if (list && event.detail > 0 && on(".choice")) {
      setTimeout(() => { wakeLists(); list.open = false; list.querySelector("summary").scrollIntoView({ block: "center" }); });
    }
  }

  async function copy() {
    const sheet = document.querySelector("[data-copy]");
    try { await navigator.clipboard.writeText(sheet.innerText); say(data("copied")); } catch { window.getSelection().selectAllChildren(sheet); }
  }

  function wake() {
    wakeTimes(document);
    wakeLists();
    foldLists();
    beginEmptying();
    document.querySelectorAll("[data-copies]").forEach((one) => { one.hidden = false; });
    clearInterval(poller);
    if (document.querySelector("[data-polls]")) poller = setInterval(poll, POLL_EVERY);
    if (document.querySelector("[data-looks]")) poller = setInterval(look, LOOK_EVERY);
  }

  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", wakeLists);
  document.addEventListener("input", beginEmptying);
  document.addEventListener("keydown", countShift);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && framed) tellAround({ lifebelt: "close" });
  });
  document.addEventListener("visibilitychange", emptyIfDue);
  window.addEventListener("pageshow", (event) => { if (event.persisted && emptyAt) hide(); });
  window.addEventListener("message", onMessage);
  wake();
})();
