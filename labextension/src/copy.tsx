/** A button that puts a text into the clipboard, and says that it did. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

interface ICopyButtonProps {
  trans: TranslationBundle;
  text: string;
  className: string;
}

/** Gone where a page may not use the clipboard; the text can be selected. */
export function CopyButton(props: ICopyButtonProps): JSX.Element | null {
  const { trans, text, className } = props;
  const [copied, setCopied] = React.useState('');
  const { clipboard } = navigator as { clipboard?: Clipboard };
  const isCopied = copied === text;
  return clipboard ? (
    <>
      <button
        type="button"
        className={className}
        aria-label={trans.__('Copy %1', text)}
        onClick={() =>
          void clipboard.writeText(text).then(
            () => setCopied(text),
            () => undefined
          )
        }
      >
        {isCopied ? trans.__('Copied') : trans.__('Copy')}
      </button>
      <span role="status" className="jp-sr-only">
        {isCopied && trans.__('Copied')}
      </span>
    </>
  ) : null;
}
