// A map from a file: it becomes a map of its own, and opens.

import { at } from "../dom.js";
import { http } from "../http.js";

const UPLOAD_MS = 600000;

/** failed: told the sentence. */
export function importMap(failed) {
  at("map-file").onchange = async () => {
    const [file] = at("map-file").files;
    at("map-file").value = "";
    if (!file) return;
    try {
      const content = new Blob([file], { type: "application/zip" });
      const map = await http("POST", "/maps/import", content, { within_ms: UPLOAD_MS });
      location.assign(`/canvas/${encodeURIComponent(map.name)}`);
    } catch (refusal) {
      failed(refusal.message);
    }
  };
  at("map-file").click();
}
