import { expect, test } from '@jest/globals';
import { renderBody } from './render-body.ts';
import { RenderError } from './template-error.ts';

test('R-012: an oversized value is neither escaped nor appended to the body', () => {
  const escaped: string[] = [];
  const escape = (text: string): string => {
    escaped.push(text);
    return text + text;
  };
  const render = (...texts: string[]): string =>
    renderBody(
      texts.map((text) => ({ text })),
      ({ text }) => ({ text, escape }),
      10,
    );

  expect(render('ab', 'cde')).toBe('ababcdecde');
  const tooLarge = expect.objectContaining({ name: 'RenderError', errorType: 'payload_too_large' });
  const failed = (...texts: string[]): unknown => {
    try {
      return render(...texts);
    } catch (error) {
      return error instanceof RenderError ? error : null;
    }
  };
  escaped.length = 0;
  expect(failed('x'.repeat(11))).toEqual(tooLarge);
  expect(failed('abcd', 'abc', 'never reached')).toEqual(tooLarge);
  expect(escaped).toEqual(['abcd']);
  expect(failed('éé', 'é')).toEqual(tooLarge);
});
