/**
 * Marks the elements of this extension, so that no markup can pass for them.
 *
 * The markup of a notebook may have any class, and a label may name any id. It
 * cannot know a key that is random and new each time the page is loaded.
 */

const KEY = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
  byte.toString(16).padStart(2, '0')
).join('');

const ATTRIBUTE = 'data-attio-own';
const MARKED = `[${ATTRIBUTE}='${KEY}']`;

/** Selects marked elements and all elements in them; it adds nothing to the specificity. */
const OWN = `:where(${MARKED}, ${MARKED} *)`;

/** The parts of a selector that matter: strings, brackets, commas, and pseudo-elements. */
const PARTS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[()[\],]|::/g;

/**
 * Make an id that no label of a stranger's markup can name.
 *
 * A click on a label presses the button that it names.
 */
export function ownId(name: string): string {
  return `jp-Attio-${KEY}-${name}`;
}

/** Mark an element as ours, so that our styles match it and all elements in it. */
export function markOwn(node: Element): void {
  node.setAttribute(ATTRIBUTE, KEY);
}

/**
 * Make a list of selectors match our own elements only.
 *
 * @param selectors - as in a style sheet, with commas between them
 * @param own - a selector for our own elements
 */
export function restrict(selectors: string, own = OWN): string {
  const insertions = [];
  let depth = 0;
  let pseudoElement = -1;
  for (const { 0: part, index } of selectors.matchAll(PARTS)) {
    if (part === '(' || part === '[') {
      depth += 1;
    } else if (part === ')' || part === ']') {
      depth -= 1;
    } else if (depth === 0 && part === '::' && pseudoElement < 0) {
      pseudoElement = index;
    } else if (depth === 0 && part === ',') {
      insertions.push(pseudoElement < 0 ? index : pseudoElement);
      pseudoElement = -1;
    }
  }
  insertions.push(pseudoElement < 0 ? selectors.length : pseudoElement);
  return insertions.reduceRight(
    (text, at) => text.slice(0, at) + own + text.slice(at),
    selectors
  );
}
