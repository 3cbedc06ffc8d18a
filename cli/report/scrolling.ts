/** A table that scrolls sideways by itself when the screen is narrow. */
import { html, type Html } from './html.ts';

export const scrolling = (label: string, table: Html): Html => html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
