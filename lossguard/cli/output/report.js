"use strict";
const filters = document.getElementById("filters");
const findings = [...document.querySelectorAll("article")];

function apply() {
  const wanted = new FormData(filters);
  const rules = new Set(wanted.getAll("rule"));
  const file = wanted.get("file");
  let shown = 0;
  for (const finding of findings) {
    const matches = rules.has(finding.dataset.rule) && (!file || finding.dataset.file === file);
    finding.hidden = !matches;
    shown += matches;
  }
  document.getElementById("shown").textContent = `${shown} of ${findings.length} shown`;
  document.querySelector(".empty").hidden = shown > 0;
}

function reveal() {
  const rule = location.hash && document.getElementById(location.hash.slice(1));
  if (rule && rule.tagName === "DETAILS") rule.open = true;
}

if (findings.length) {
  filters.hidden = false;
  filters.addEventListener("input", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
addEventListener("hashchange", reveal);
reveal();

const theme = document.getElementById("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
