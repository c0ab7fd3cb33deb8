/** The prompt's own icons; the classes let a theme colour them. */
import { LabIcon } from '@jupyterlab/ui-components';

function outline(name: string, paths: string): LabIcon {
  return new LabIcon({
    name: `attio-nb:${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">' +
      '<g class="jp-AttioPrompt-stroke" fill="none" stroke-width="2" ' +
      `stroke-linecap="round" stroke-linejoin="round">${paths}</g></svg>`
  });
}

export const keyIcon = outline(
  'key',
  '<circle cx="7.5" cy="15.5" r="4.5"/>' +
    '<path d="M10.8 12.2 20.5 2.5M16 7l3 3 2.5-2.5-3-3"/>'
);

export const showIcon = outline(
  'show',
  '<path d="M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12z"/>' +
    '<circle cx="12" cy="12" r="3"/>'
);

export const hideIcon = outline(
  'hide',
  '<path d="M10 5.2A9.6 9.6 0 0 1 12 5c6.4 0 10 7 10 7a17 17 0 0 1-2.6 3.5' +
    'M6.3 6.6A16.6 16.6 0 0 0 2 12s3.6 7 10 7a9.7 9.7 0 0 0 5.1-1.5' +
    'M9.9 9.9a3 3 0 0 0 4.2 4.2M3 3l18 18"/>'
);

export const doneIcon = outline(
  'done',
  '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.3 3.2 3.2 6-6.5"/>'
);

export const endedIcon = outline(
  'ended',
  '<circle cx="12" cy="12" r="10"/><path d="M12 11v6M12 7v.01"/>'
);
