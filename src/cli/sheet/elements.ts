/** Attributes of an element, none of which can run anything or lead anywhere. */
export type Attributes = Readonly<
  Partial<
    Record<'class' | 'id' | 'role' | 'type' | 'tabindex' | 'hidden' | `aria-${string}` | `data-${string}`, string>
  >
>;

/** An element. Text in it is text, whatever it looks like. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value ?? '');
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A drawing of strokes that says nothing to who cannot see it. */
export function drawing(className: string, viewBox: string, ...paths: readonly string[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('viewBox', viewBox);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(
    ...paths.map((d) => {
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('d', d);
      return path;
    }),
  );
  return svg;
}

/** Changes text only where it is another: what is read out, or laid out, for nothing is work for nothing. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute, or removes it, where that changes something. */
export function setAttribute(node: Element, name: keyof Attributes, value: string | undefined): void {
  if (value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
