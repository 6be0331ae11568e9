import type { ContentKind } from '@hookline/shared/contracts/events';
import { compileForm } from './compile-form.ts';
import { compileJson } from './compile-json.ts';
import { escapeForm, escapeHtml, escapeXml, forbiddenInXml } from './escape.ts';
import { renderJson } from './json-template.ts';
import { type MarkupLanguage, refuseFieldsInMarkup } from './markup-places.ts';
import { maskFields } from './field-text.ts';
import { fieldText } from './merge-field.ts';
import { renderBody } from './render-body.ts';
import { TemplateError } from './template-error.ts';
import { compileText, type TextTemplate } from './text-template.ts';

/** A compiled payload of any kind. It contains nothing executable. */
export interface PayloadTemplate {
  /**
   * Renders the text of the body, which takes at most `maxBytes` as UTF-8.
   * @throws RenderError `payload_too_large` as soon as the body exceeds `maxBytes`, `render_error` for a value
   *   that the kind cannot represent
   */
  render(context: unknown, maxBytes: number): string;
}

interface PayloadKind {
  /** Sent as Content-Type if the definition sets none. Every body is UTF-8. */
  contentType: string;
  /** @throws TemplateError with the reason and the position */
  compile: (text: string) => PayloadTemplate;
}

/** Kinds of body (ADR 9): how a template is parsed, how its fields are escaped, and its Content-Type. */
export const PAYLOAD_KINDS: Readonly<Record<Exclude<ContentKind, 'none'>, PayloadKind>> = {
  json: { contentType: 'application/json', compile: jsonPayload },
  form: {
    contentType: 'application/x-www-form-urlencoded',
    compile: (text) => escapedPayload(compileForm(text), escapeForm),
  },
  text: {
    contentType: 'text/plain; charset=utf-8',
    compile: (text) => escapedPayload(compileText(text), (value) => value),
  },
  html: {
    contentType: 'text/html; charset=utf-8',
    compile: (text) => escapedPayload(compileMarkup(text, 'html'), escapeHtml),
  },
  xml: {
    contentType: 'application/xml; charset=utf-8',
    compile: (text) => escapedPayload(compileMarkup(text, 'xml'), escapeXml),
  },
};

export function isPayloadKind(kind: string): kind is keyof typeof PAYLOAD_KINDS {
  return Object.hasOwn(PAYLOAD_KINDS, kind);
}

function jsonPayload(text: string): PayloadTemplate {
  const template = compileJson(text);
  return { render: (context, maxBytes) => renderJson(template, context, maxBytes) };
}

function escapedPayload({ parts }: TextTemplate, escape: (text: string) => string): PayloadTemplate {
  return {
    render: (context, maxBytes) =>
      renderBody(parts, (field) => ({ text: fieldText(context, field), escape }), maxBytes),
  };
}

function compileMarkup(text: string, language: MarkupLanguage): TextTemplate {
  const forbiddenAt = language === 'xml' ? forbiddenInXml(text) : -1;
  if (forbiddenAt >= 0) throw new TemplateError('illegal XML character', forbiddenAt);
  const template = compileText(text);
  if (template.fieldCount > 0) refuseFieldsInMarkup(maskFields(text), language);
  return template;
}
