// Builds the page. Text from outside becomes text nodes, never HTML.

export const at = (id) => document.getElementById(id);

/** Make an element: attributes and event handlers by name, children as texts or nodes. */
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

/** Change a text only if it differs, since a screen reader would read it again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const fading = new WeakMap();

/** Show a sentence below the pressed button; one that reports success disappears after a while. */
export function answer(node, text, refused = false) {
  clearTimeout(fading.get(node));
  node.classList.toggle("refused", refused);
  setText(node, text);
  if (text && !refused) fading.set(node, setTimeout(() => setText(node, ""), 4000));
}

/** Speak a sentence through a screen reader; the same sentence is spoken once. */
export function speak(text) {
  setText(at("spoken"), text);
}

/** Whether keys go to a text field. */
export function isWriting(target) {
  return target instanceof HTMLElement && target.matches("textarea, select, input:not([type=range], [type=checkbox])");
}
