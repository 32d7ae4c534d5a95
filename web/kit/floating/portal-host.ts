/** Where floating parts hang: inside the page's landmark, so that a screen reader knows where they belong. */
export function portalHost(): HTMLElement {
  return document.querySelector<HTMLElement>('#page') ?? document.body;
}
