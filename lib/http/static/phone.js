// The way from this page to a phone: its address, and a code that a phone reads from the screen.

import { at, setText } from "./dom.js";
import { http } from "./http.js";

export function phone() {
  at("to-phone").addEventListener("click", show);
  at("phone-close").addEventListener("click", () => at("phone").close());
  at("phone").addEventListener("click", (event) => { if (event.target === at("phone")) at("phone").close(); });
}

async function show() {
  at("phone-code").hidden = at("phone-link").hidden = true;
  setText(at("phone-says"), "");
  at("phone").showModal();
  try {
    const { address, why_not, has_token } = await http("GET", "/phone");
    if (why_not) throw new Error(why_not);
    const lets = "Whoever has the code is let in: it holds the token of this page.";
    setText(at("phone-says"), has_token ? lets : "In the same network a phone opens the page with this code.");
    at("phone-code").src = `/phone.svg?at=${Date.now()}`;
    at("phone-code").alt = `QR code of ${address}`;
    setText(at("phone-link"), address);
    at("phone-link").href = address;
    at("phone-code").hidden = at("phone-link").hidden = false;
  } catch (refusal) {
    setText(at("phone-says"), sentence(refusal.message));
  }
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;
