// Building the page. What strangers wrote becomes text nodes, never HTML.

export const at = (id) => document.getElementById(id);

/** An element: attributes by name, a function for an event by its name, children as texts or nodes. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Change a text only if it differs: a reader of the screen would read it again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const fading = new WeakMap();

/** A sentence below what was pressed; one that says that it worked leaves by itself. */
export function answer(node, text, refused = false) {
  clearTimeout(fading.get(node));
  node.classList.toggle("refused", refused);
  setText(node, text);
  if (text && !refused) fading.set(node, setTimeout(() => setText(node, ""), 4000));
}

/** For who does not see the page; the same sentence is said once. */
export function speak(text) {
  setText(at("spoken"), text);
}

/** Whether keys belong to what is being written. */
export function isWriting(target) {
  return target instanceof HTMLElement && target.matches("textarea, select, input:not([type=range], [type=checkbox])");
}
