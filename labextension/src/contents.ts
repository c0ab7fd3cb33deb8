/** Which content the card of a prompt shows. It knows no elements. */
import type { IPrompt } from './protocol';

export type ContentKind =
  /** Something about the value that was typed. */
  | 'question'
  | 'approval'
  | 'member'
  | 'sign-in'
  | 'client-secret'
  | 'new-connection'
  | 'secret'
  /** The page cannot encrypt, so nothing can be typed. */
  | 'detour'
  /** The page is older than attio_nb in the kernel, and does not know the prompt. */
  | 'outdated';

/**
 * Choose the content for a prompt.
 *
 * A kind that this page does not know gets no field: nobody knows what it asks for.
 *
 * @param canSeal - whether the page can encrypt
 */
export function contentKind(
  {
    kind,
    client_secret,
    question
  }: Pick<IPrompt, 'kind' | 'client_secret' | 'question'>,
  canSeal: boolean
): ContentKind {
  if (question) {
    return 'question';
  }
  switch (kind) {
    case 'approval':
    case 'member':
      return kind;
    case 'oauth2':
      return client_secret ? typed('client-secret', canSeal) : 'sign-in';
    case 'new-connection':
    case 'secret':
      return typed(kind, canSeal);
    default:
      return 'outdated';
  }
}

function typed(content: ContentKind, canSeal: boolean): ContentKind {
  return canSeal ? content : 'detour';
}
