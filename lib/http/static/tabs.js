// The bar at the bottom of a phone: marks the part of the page that is in view.

import { at } from "./dom.js";

/** margin: what of the window counts as in view, as an IntersectionObserver takes it. */
export function markTabs(margin) {
  const tabs = [...at("tabs").children];
  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) target.dataset.near = isIntersecting ? "yes" : "";
    const first = tabs.find((tab) => document.querySelector(tab.hash).dataset.near);
    for (const tab of tabs) {
      if (tab === first) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
  }, { rootMargin: margin });
  for (const tab of tabs) near.observe(document.querySelector(tab.hash));
}
