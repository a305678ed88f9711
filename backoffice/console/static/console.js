// Keyboard, sheets and live updates for every page. Elements say what they want in data attributes:
// data-key="a" is clicked (a field: focused) by that key, data-sheet names a dialog to open, data-refresh an address to
// fetch its content from when something changed.
(() => {
  "use strict";
  const $ = (q, from = document) => from.querySelector(q);
  const $$ = (q, from = document) => [...from.querySelectorAll(q)];
  const sheet = () => $("dialog[open]");
  const typing = (e) => e.target.closest("input:not([type=checkbox]), textarea, select");

  // Sheets
  const openSheet = (id) => {
    const d = document.getElementById(id);
    if (!d || d.open) return;
    d.showModal();
    const first = $("[autofocus], textarea", d);
    if (first && !$(".reason-list", d)) first.focus();
  };
  const settle = () => {
    $$("dialog[data-show]").forEach((d) => { d.removeAttribute("data-show"); openSheet(d.id); });
    const wrong = $("[data-focus]");
    if (wrong && !sheet()) { wrong.removeAttribute("data-focus"); wrong.focus(); }
  };
  document.addEventListener("click", (e) => {
    const opener = e.target.closest("[data-sheet]");
    if (opener) openSheet(opener.dataset.sheet);
    if (e.target.closest("[data-close]")) e.target.closest("dialog").close();
    if (e.target.closest("[data-dismiss]")) $("#message").replaceChildren();
    if (e.target.closest("[data-reload]")) location.reload();
    const row = e.target.closest("tr[data-open]");
    if (row && !e.target.closest("a, button")) open(row);
  });
  document.addEventListener("change", (e) => { if (e.target.matches("[data-submit]")) e.target.form.requestSubmit(); });

  // Rows
  const open = (row) => document.getElementById(row.dataset.open)?.click();
  const step = (by) => {
    const rows = $$("[data-rows] tbody tr[tabindex]");
    const at = rows.indexOf(document.activeElement);
    (rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))])?.focus();
  };

  // Keys
  const press = (key) => {
    const scope = sheet() ?? document;
    const el = $$(`[data-key="${CSS.escape(key)}"]`, scope).find((x) => !x.disabled && x.offsetParent !== null && (sheet() || !x.closest("dialog")));
    if (!el) return false;
    if (el.matches("input:not([type=checkbox]), textarea")) { el.focus(); el.select?.(); } else el.click();
    return true;
  };
  document.addEventListener("keydown", (e) => {
    if (e.isComposing || e.altKey || e.metaKey && e.key !== "Enter") return;
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") { if (press("ctrl+enter")) e.preventDefault(); return; }
    if (e.ctrlKey) return;
    if (typing(e)) { if (e.key === "Escape" && !sheet()) e.target.blur(); return; }
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    if (!sheet() && (key === "j" || key === "k")) { step(key === "j" ? 1 : -1); e.preventDefault(); return; }
    if (!sheet() && key === "Enter" && e.target.matches("tr[data-open]")) { open(e.target); return; }
    if (!sheet() && (key === "ArrowLeft" || key === "ArrowRight")) { document.dispatchEvent(new CustomEvent("turn-page", { detail: key === "ArrowRight" ? 1 : -1 })); return; }
    if (press(key === "=" ? "+" : key === "_" ? "-" : key)) e.preventDefault();
  });

  // Parts that htmx brought
  document.addEventListener("htmx:beforeSwap", (e) => {
    if (e.detail.xhr.status >= 500 && !e.detail.xhr.responseText) e.detail.shouldSwap = false;
  });
  // What a form asks before it is sent stands in a sheet of ours
  let asked = null;
  document.addEventListener("htmx:confirm", (e) => {
    if (!e.detail.question) return;
    e.preventDefault();
    asked = e.detail;
    $("#ask-text").textContent = e.detail.question;
    openSheet("ask-sheet");
  });
  document.addEventListener("click", (e) => {
    if (!e.target.closest("[data-ask-yes]")) return;
    e.target.closest("dialog").close();
    asked?.issueRequest(true);
    asked = null;
  });
  document.addEventListener("htmx:beforeRequest", (e) => { e.detail.elt.closest("dialog")?.close(); });
  document.addEventListener("htmx:sendError", () => {
    const p = document.createElement("p");
    p.className = "notice bad";
    p.textContent = document.documentElement.lang === "en" ? "The back office does not answer. Nothing was changed." : "后台没有响应，未作任何更改。";
    $("#message")?.replaceChildren(p);
  });
  document.addEventListener("htmx:afterSettle", settle);
  settle();

  // Live: fetched quietly when something changed, and not while the pointer or the focus is on it
  const page = $("[data-live]");
  if (!page) return;
  const fetchPart = async (url) => {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) location.assign(page.dataset.over);
    return answer.status === 200 ? answer.text() : "";
  };
  const busy = (el) => el.matches(":hover") || el.contains(document.activeElement);
  const refresh = async (el) => {
    if (busy(el)) { el.addEventListener("pointerleave", () => refresh(el), { once: true }); return; }
    const html = await fetchPart(el.dataset.refresh);
    if (html && !busy(el)) htmx.swap(el, html, { swapStyle: "outerHTML" });
  };
  const changed = async () => {
    htmx.ajax("GET", "/live/counts", { swap: "none" });
    $$("[data-refresh]").forEach(refresh);
    const side = $("[data-live-case]");
    if (!side) return;
    const html = await fetchPart(side.dataset.liveCase);
    const news = $("#news");
    if (news && $("[data-live-case]") === side) { news.innerHTML = html; }
  };
  let late = 0;
  const events = new EventSource(page.dataset.live);
  events.addEventListener("changed", () => { clearTimeout(late); late = setTimeout(changed, 150); });
  events.addEventListener("over", () => { events.close(); location.assign(page.dataset.over); });
  addEventListener("pagehide", () => events.close());

  // A claim lasts ten minutes; working on the order keeps it
  let worked = false;
  for (const what of ["pointerdown", "keydown", "wheel"]) document.addEventListener(what, () => { worked = true; }, { passive: true });
  setInterval(() => {
    const claim = $("[data-renew]");
    if (claim && worked) fetch(claim.dataset.renew, { method: "POST" });
    worked = false;
  }, 240000);
})();
