/** Our style sheets. They match only what our code has made, whatever its classes. */
import base from '../style/base.raw.css';
import definition from '../style/definition.raw.css';
import panel from '../style/panel.raw.css';
import row from '../style/row.raw.css';
import { restrict } from './mark';

/**
 * Put our styles into a page.
 *
 * Sanitized markup keeps its classes. With styles that went by these alone, a
 * stranger's notebook could draw a prompt that looks like ours.
 */
export function addStyles(page: Document): void {
  const style = page.createElement('style');
  style.textContent = [base, panel, row, definition].join('\n');
  page.head.append(style);
  restrictAll(style.sheet?.cssRules ?? []);
}

function restrictAll(rules: Iterable<CSSRule>): void {
  for (const rule of rules) {
    if (rule instanceof CSSStyleRule) {
      rule.selectorText = restrict(rule.selectorText);
    } else if (rule instanceof CSSGroupingRule) {
      restrictAll(rule.cssRules);
    }
  }
}
