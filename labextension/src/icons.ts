/** The icons of prompts and of the tab; the classes let a theme colour them. */
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

/** Not connected: a ring with nothing in it. */
export const openIcon = outline('open', '<circle cx="12" cy="12" r="9"/>');

/** Not configured: a ring that is not closed. */
export const brokenIcon = outline(
  'broken',
  '<circle cx="12" cy="12" r="9" stroke-dasharray="3.6 5.825"/>'
);

export const expiredIcon = outline(
  'expired',
  '<circle cx="12" cy="12" r="10"/><path d="M12 6.5V12l3.5 2.5"/>'
);

export const refusedIcon = outline(
  'refused',
  '<circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7M15.5 8.5l-7 7"/>'
);

export const unknownIcon = outline(
  'unknown',
  '<circle cx="12" cy="12" r="10"/>' +
    '<path d="M9.2 9.2a2.9 2.9 0 0 1 5.6.9c0 1.9-2.8 2.3-2.8 3.9M12 17v.01"/>'
);

export const warningIcon = outline(
  'warning',
  '<path d="M12 3 1.8 20.5h20.4z"/><path d="M12 9.5v5M12 17.5v.01"/>'
);

/** A plug, coloured as JupyterLab colours the icons of its own tabs. */
export const connectionsIcon = new LabIcon({
  name: 'attio-nb:connections',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">' +
    '<g fill="none"><path class="jp-icon3" stroke="#616161" stroke-width="2" ' +
    'stroke-linecap="round" stroke-linejoin="round" ' +
    'd="M8.5 2.5V8M15.5 2.5V8M5.5 8h13v3.5a6.5 6.5 0 0 1-13 0zM12 18v3.5"/></g></svg>'
});
