// Going on as the same person on a second device: its address as a code, and the question on the other
// device whether it shall be that person.

import { at, setText } from "../dom.js";
import { http } from "../http.js";

const MINUTE_S = 60;

at("phone-close").addEventListener("click", () => at("phone").close());
at("phone").addEventListener("click", (event) => { if (event.target === at("phone")) at("phone").close(); });

/** `ref`: the map that the other device opens. */
export function secondDevice(ref) {
  at("to-device").addEventListener("click", () => show(encodeURIComponent(ref)));
}

async function show(ref) {
  setText(at("phone-title"), "On a second device");
  at("phone-code").hidden = at("phone-link").hidden = true;
  setText(at("phone-says"), "");
  at("phone").showModal();
  try {
    const { address, code, seconds, why_not: why } = await http("POST", `/maps/device?map=${ref}`, {});
    if (why) throw new Error(why);
    setText(at("phone-says"), `Scan the code, and that device draws as you do. It works once, for ${Math.round(seconds / MINUTE_S)} minutes.`);
    at("phone-code").src = `/maps/device.svg?code=${encodeURIComponent(code)}&map=${ref}`;
    at("phone-code").alt = `QR code of ${address}`;
    setText(at("phone-link"), address);
    at("phone-link").href = address;
    at("phone-code").hidden = at("phone-link").hidden = false;
  } catch (refusal) {
    setText(at("phone-says"), `${refusal.message[0].toUpperCase()}${refusal.message.slice(1)}.`);
  }
}

/** Become the person whose code this page was opened with, once that is confirmed; `goOn` as whoever
 * this browser is, if not. */
export async function moveIn(code, goOn) {
  const leave = () => history.replaceState(null, "", location.pathname);
  try {
    const { name } = await http("GET", `/maps/person?code=${encodeURIComponent(code)}`);
    setText(at("phone-title"), "Go on here");
    setText(at("phone-says"), `This device will draw as ${name || "the person whose code it is"}.`);
    const yes = Object.assign(document.createElement("button"), { type: "button", className: "main", textContent: "Go on here" });
    yes.addEventListener("click", async () => {
      try {
        await http("POST", "/maps/person", { code });
        leave();
        location.reload();
      } catch (refusal) {
        setText(at("phone-says"), refusal.message);
      }
    });
    at("phone").append(yes);
    at("phone").showModal();
    yes.focus();
    at("phone").addEventListener("close", () => { yes.remove(); leave(); goOn(); }, { once: true });
  } catch (refusal) {
    leave();
    setText(at("phone-title"), "This code does not work");
    setText(at("phone-says"), refusal.message);
    at("phone").showModal();
    goOn();
  }
}
