// Copies what the console serves from node_modules to static/vendor, which go:embed takes. Icons are listed in icons.txt.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const from = (...p) => join(here, "node_modules", ...p);
const to = (...p) => join(here, "static", "vendor", ...p);

rmSync(to(), { recursive: true, force: true });
mkdirSync(to("icons"), { recursive: true });
cpSync(from("htmx.org", "dist", "htmx.min.js"), to("htmx.min.js"));
for (const name of readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean)) {
  cpSync(from("lucide-static", "icons", `${name}.svg`), to("icons", `${name}.svg`));
}
