import { ERRORS } from '../errors.ts';

const FORM = /^(?:none|auto(?::(?:best|good|eco|low|sensitive|advanced))?|(?:[1-9]\d?|100)(?::(?:420|444))?)$/;

/**
 * `quality_override`: what `q_auto` means for this asset, as a value of `q_`; `none` takes an earlier one away. What
 * `auto:advanced` is on the cloud is not published: here it is `auto:good`.
 *
 * @returns '' for `none`
 * @throws 400 for anything else
 */
export function readQualityOverride(text: string): string {
  if (!FORM.test(text)) throw ERRORS.InvalidParameter('quality_override', text);
  return text === 'none' ? '' : text.replace('advanced', 'good');
}
