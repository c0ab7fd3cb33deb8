/** Telling the kernel that its prompt has been drawn. */
import type { Conversation } from './conversation';
import type { Ask, Reply } from './protocol';
import type { IAskingSettings } from './settings';
import type { Words } from './words';

/** How often, in milliseconds, and how many times at most it is said. */
const EVERY = 250;
const ATTEMPTS = 20;

/**
 * Say that the prompt stands, and show what the kernel makes of it.
 *
 * @param settings - what the person wishes of it, which the kernel hears so
 */
export async function announce(
  conversation: Conversation,
  ask: Ask,
  settings: Pick<IAskingSettings, 'on_missing' | 'timeout'>,
  words: Words
): Promise<void> {
  const { prompt_id } = conversation.prompt;
  const { on_missing, timeout } = settings;
  try {
    const reply = await untilReply(() =>
      ask('attio_ready_request', { prompt_id, on_missing, timeout })
    );
    if (reply.status === 'ok') {
      conversation.update({ state: reply.state, message: reply.message });
      conversation.begin();
    } else {
      conversation.end(reply.message ?? '');
    }
  } catch {
    conversation.end(words.unknown);
  }
}

/**
 * Send again and again until one of the messages is replied to.
 *
 * A kernel that is just starting drops what comes too early.
 */
export function untilReply(
  send: () => Promise<Reply<'attio_ready_request'>>,
  every = EVERY,
  attempts = ATTEMPTS
): Promise<Reply<'attio_ready_request'>> {
  return new Promise((resolve, reject) => {
    let left = attempts;
    const attempt = () => {
      left -= 1;
      const isLast = left === 0;
      if (isLast) {
        clearInterval(timer);
      }
      // The last one is waited for, and any before it may still be replied to until then.
      send().then(finish, isLast ? reject : () => undefined);
    };
    const finish = (reply: Reply<'attio_ready_request'>) => {
      clearInterval(timer);
      resolve(reply);
    };
    const timer = setInterval(attempt, every);
    attempt();
  });
}
