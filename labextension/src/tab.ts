/** Opening the provider's page beside the notebook. */

/** What is used of a window that was opened. */
export interface ITab {
  closed: boolean;
  opener: unknown;
}

/**
 * Open an address in a new tab, inside the click that asks for it.
 *
 * With "noopener" among the features a browser returns null always, so that a
 * blocked tab could not be told from an open one; the way back is cut here.
 *
 * @returns false where the browser has blocked it
 */
export function openTab(
  address: string,
  open: (address: string) => ITab | null = inNewTab
): boolean {
  const tab = open(address);
  if (tab === null || tab.closed) {
    return false;
  }
  tab.opener = null;
  return true;
}

function inNewTab(address: string): ITab | null {
  return window.open(address, '_blank');
}
