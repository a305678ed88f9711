// The scan viewer: zoom, turn, fit, drag, and the strip of pages. It stays in place while the data beside it changes.
(() => {
  "use strict";
  const viewer = document.getElementById("viewer");
  const scan = viewer?.querySelector("[data-scan]");
  if (!scan) return;
  const stage = viewer.querySelector(".stage");
  const thumbs = [...viewer.querySelectorAll("[data-page]")];
  const state = { zoom: 1, turn: 0, x: 0, y: 0, fitted: true };
  const margin = 24;

  const turned = () => state.turn % 180 !== 0;
  const size = () => turned() ? [scan.naturalHeight, scan.naturalWidth] : [scan.naturalWidth, scan.naturalHeight];
  const draw = () => {
    const [w, h] = [scan.naturalWidth * state.zoom, scan.naturalHeight * state.zoom];
    const shift = { 0: [0, 0], 90: [h, 0], 180: [w, h], 270: [0, w] }[state.turn];
    scan.style.transform = `translate(${state.x + shift[0]}px, ${state.y + shift[1]}px) rotate(${state.turn}deg) scale(${state.zoom})`;
    viewer.querySelector("[data-zoom]").textContent = scan.naturalWidth ? `${Math.round(state.zoom * 100)}%` : "";
  };
  const fit = () => {
    const [w, h] = size();
    if (!w) return;
    state.zoom = Math.min((stage.clientWidth - 2 * margin) / w, (stage.clientHeight - 2 * margin) / h, 2);
    state.x = (stage.clientWidth - w * state.zoom) / 2;
    state.y = (stage.clientHeight - h * state.zoom) / 2;
    state.fitted = true;
    draw();
  };
  const zoom = (by, cx = stage.clientWidth / 2, cy = stage.clientHeight / 2) => {
    const next = Math.min(8, Math.max(0.05, state.zoom * by));
    state.x = cx - (cx - state.x) * next / state.zoom;
    state.y = cy - (cy - state.y) * next / state.zoom;
    state.zoom = next;
    state.fitted = false;
    draw();
  };
  const turn = () => { state.turn = (state.turn + 90) % 360; fit(); };
  const acts = { in: () => zoom(1.25), out: () => zoom(0.8), turn, fit };
  viewer.addEventListener("click", (e) => { acts[e.target.closest("[data-do]")?.dataset.do]?.(); });

  scan.addEventListener("load", () => { scan.hidden = false; stage.querySelector(".broken").hidden = true; fit(); looked(); });
  scan.addEventListener("error", () => { scan.hidden = true; stage.querySelector(".broken").hidden = false; });
  if (scan.complete && scan.naturalWidth) fit();
  new ResizeObserver(() => { if (state.fitted) fit(); else draw(); }).observe(stage);

  // Dragging and the wheel
  stage.addEventListener("wheel", (e) => {
    e.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(e.deltaY < 0 ? 1.15 : 1 / 1.15, e.clientX - box.left, e.clientY - box.top);
  }, { passive: false });
  stage.addEventListener("pointerdown", (e) => {
    if (e.button) return;
    stage.setPointerCapture(e.pointerId);
    stage.classList.add("dragging");
    const from = { x: e.clientX - state.x, y: e.clientY - state.y };
    const move = (m) => { state.x = m.clientX - from.x; state.y = m.clientY - from.y; state.fitted = false; draw(); };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", () => { stage.removeEventListener("pointermove", move); stage.classList.remove("dragging"); }, { once: true });
  });

  // Pages
  const current = () => Math.max(0, thumbs.findIndex((t) => t.hasAttribute("aria-current")));
  const choose = (kind) => {
    const side = document.getElementById("side");
    side.dataset.at = kind;
    let row = null;
    for (const m of side.querySelectorAll(".material")) {
      const here = m.dataset.kind === kind;
      m.toggleAttribute("aria-current", here);
      if (here) { m.setAttribute("aria-current", "true"); row = m; }
    }
    if (row && !row.closest(".materials")) side.querySelector("#payment").scrollIntoView({ block: "nearest" });
    for (const input of document.querySelectorAll("[data-kind-input]")) input.value = kind;
    for (const name of document.querySelectorAll("[data-kind-name]")) name.textContent = row?.dataset.name ?? "";
    const judgeable = row?.dataset.judgeable === "true";
    for (const button of side.querySelectorAll("[data-verdict]")) button.disabled = !judgeable;
    for (const why of side.querySelectorAll("[data-no-verdict]")) why.hidden = judgeable;
  };
  // A page counts as seen once it is there, which is when the back office knows, too
  const seen = new Set();
  const looked = () => {
    if (!scan.complete || !scan.naturalWidth) return;
    seen.add(current());
    scan.dataset.seen = current();
  };
  looked();
  const show = (i) => {
    const thumb = thumbs[i];
    if (!thumb) return;
    for (const t of thumbs) t.removeAttribute("aria-current");
    thumb.setAttribute("aria-current", "true");
    thumb.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (scan.src.endsWith(thumb.dataset.src)) looked(); else { state.turn = 0; delete scan.dataset.seen; scan.src = thumb.dataset.src; }
    viewer.querySelector("span[data-caption]").textContent = thumb.dataset.caption;
    choose(thumb.dataset.kind);
    history.replaceState(null, "", `?at=${thumb.dataset.kind}&page=${i}`);
  };
  viewer.addEventListener("click", (e) => {
    const thumb = e.target.closest("[data-page]");
    if (thumb) { e.preventDefault(); show(thumbs.indexOf(thumb)); }
  });
  document.addEventListener("click", (e) => {
    const row = e.target.closest(".material");
    if (row && row.dataset.first >= 0) show(+row.dataset.first); else if (row) choose(row.dataset.kind);
  });
  if (document.getElementById("side").dataset.at === "remittance_slip") choose("remittance_slip");
  document.addEventListener("turn-page", (e) => show(current() + e.detail));

  // A material is accepted once all of its pages were looked at; before, the next of them is shown
  document.addEventListener("click", (e) => {
    if (!e.target.closest("[data-seen-first]")) return;
    const unseen = thumbs.findIndex((t, i) => t.dataset.kind === document.getElementById("side").dataset.at && !seen.has(i));
    if (unseen < 0) return;
    e.preventDefault();
    show(unseen);
  }, true);

  // After a decision the data says which material comes next
  document.addEventListener("htmx:afterSettle", (e) => {
    const side = document.getElementById("side");
    if (e.target !== side && e.detail.target !== side && e.detail.elt !== side) return;
    const at = side.dataset.at;
    if (thumbs[current()]?.dataset.kind !== at) show(thumbs.findIndex((t) => t.dataset.kind === at));
    else choose(at);
  });
})();
