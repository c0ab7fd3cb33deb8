/** A page in English: what is said is what stands in the source. */
import type { TranslationBundle } from '@jupyterlab/translation';

export const ENGLISH = {
  __: (text: string, ...values: unknown[]) =>
    text.replace(/%(\d+)/g, (_, index) => String(values[Number(index) - 1]))
} as TranslationBundle;
