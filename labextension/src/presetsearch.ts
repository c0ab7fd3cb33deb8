/** Finding a preset by what a person types. */

/** What can be chosen, what it is called, and of what kind it is. */
export interface IOffer {
  value: string;
  title: string;
  /** What else a person may call it. */
  name: string;
  kind: string;
  /** Whether it is offered whatever is typed. */
  isGeneral: boolean;
}

/**
 * Return the offers that fit a text, the best first; general ones come last.
 *
 * @param offers - all that there is, in the order in which they are shown
 * @param text - what the person typed; all offers fit an empty one
 */
export function fitting(offers: IOffer[], text: string): IOffer[] {
  const wanted = plain(text);
  const specific = offers.filter(({ isGeneral }) => !isGeneral);
  const general = offers.filter(({ isGeneral }) => isGeneral);
  const ranked = specific
    .map(offer => ({ offer, rank: rankOf(offer, wanted) }))
    .filter(({ rank }) => rank < NONE)
    // The sort is stable: of one rank, their order stays.
    .sort((one, other) => one.rank - other.rank);
  const found = ranked.map(({ offer }) => offer);
  return wanted ? [...found, ...general] : [...general, ...found];
}

const NONE = 3;

function rankOf({ name, title, value, kind }: IOffer, wanted: string): number {
  const words = [name, title, value].map(plain);
  if (words.some(word => word.startsWith(wanted))) {
    return 0;
  }
  const all = words.join(' ');
  if (` ${all}`.includes(` ${wanted}`)) {
    return 1;
  }
  // “hubspot oauth”, “cal com”: each word of it stands somewhere.
  const haystack = `${all} ${plain(kind)}`;
  const parts = wanted.split(' ');
  return parts.every(part => haystack.includes(part)) ? 2 : NONE;
}

/** Small letters without accents, and one space for all that is neither letter nor digit. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
