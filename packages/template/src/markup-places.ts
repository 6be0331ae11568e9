import { TemplateError } from './template-error.ts';

export type MarkupLanguage = 'html' | 'xml';

/**
 * Sections that begin with `<` but are not tags. Merge fields are refused in them, because a value could end the
 * section or would not be read as text.
 */
const SECTIONS: Readonly<Record<MarkupLanguage, readonly MarkupSection[]>> = {
  html: [
    { open: '<!--', close: '-->', name: 'a comment' },
    { open: '<!', close: '>', name: 'a declaration' },
    { open: '<?', close: '>', name: 'a declaration' },
  ],
  xml: [
    { open: '<!--', close: '-->', name: 'a comment' },
    { open: '<![CDATA[', close: ']]>', name: 'a CDATA section' },
    { open: '<!', close: '>', name: 'a declaration' },
    { open: '<?', close: '?>', name: 'a processing instruction' },
  ],
};

interface MarkupSection {
  open: string;
  close: string;
  name: string;
}

const TAG_NAME = /<\/?([^\t\n\f\r "'<>/=]+)/y;
const BETWEEN_ATTRIBUTES = /[\t\n\f\r /]*/y;
const ATTRIBUTE_NAME = /[^\t\n\f\r "'<>/=]+/y;
const EQUALS = /[\t\n\f\r ]*=[\t\n\f\r ]*/y;
const QUOTED = /"[^"]*"|'[^']*'/y;
const UNQUOTED = /[^\t\n\f\r "'<>]+/y;
const TAG_END = />/y;
/**
 * HTML treats `<` as text unless a letter, `!`, `/` or `?` follows (HTML standard, "tag open state"). A field may
 * render to one of these, so `<{{` counts as the start of a tag.
 */
const HTML_OPEN = /<(?:[a-z!?]|\/|\{\{)/iy;
/** Text that, together with the value of the field after it, could form a character reference. */
const OPEN_REFERENCE = /&#?[0-9a-z]*\{\{/i;
/** Attributes whose values are scripts, style sheets or documents. */
const CODE_ATTRIBUTE = /^(?:on|style$|srcdoc$)/i;
/** Elements whose content is text with character references, but without tags. */
const TEXT_ELEMENT = /^(?:textarea|title)$/i;
/** Elements within which a browser recognises CDATA sections, and tags even in elements such as `style` and `title`. */
const FOREIGN_ELEMENT = /^(?:svg|math)$/i;
const CODE_ELEMENT = /^(?:script|style|iframe|noembed|noframes|xmp)$/i;

/**
 * Refuses merge fields in places where an escaped value could be read as something other than text: anywhere except in
 * text and in quoted attribute values; in HTML also in the attributes of `CODE_ATTRIBUTE` and within the elements of
 * `CODE_ELEMENT`. Therefore no value can add an element or an attribute.
 * @param text a template whose fields are well-formed
 * @throws TemplateError with the place of the field, or if a tag or its attributes are malformed
 */
export function refuseFieldsInMarkup(text: string, language: MarkupLanguage): void {
  const openReference = text.search(OPEN_REFERENCE);
  if (openReference >= 0) {
    throw new TemplateError(
      '"&" and the merge field after it could form a character reference; write "&amp;" instead',
      openReference,
    );
  }
  new MarkupScanner(text, language).scan();
}

/** Scans markup in one pass from tag to tag. */
class MarkupScanner {
  readonly #text: string;
  readonly #language: MarkupLanguage;
  #at = 0;
  /**
   * Whether an SVG or MathML element was opened. It is never considered closed, because where a browser closes it
   * depends on the markup within it.
   */
  #mayBeForeign = false;

  constructor(text: string, language: MarkupLanguage) {
    this.#text = text;
    this.#language = language;
  }

  scan(): void {
    for (let open = this.#nextOpen(); open >= 0; open = this.#nextOpen()) {
      this.#at = open;
      const section = SECTIONS[this.#language].find((one) => this.#text.startsWith(one.open, open));
      if (section) this.#section(section);
      else if (this.#language === 'xml' || this.#matches(HTML_OPEN)) this.#tag();
      else this.#at++;
    }
  }

  #nextOpen(): number {
    return this.#text.indexOf('<', this.#at);
  }

  #section({ open, close, name }: MarkupSection): void {
    // Searches from within the opening, because `<!-->` is a whole comment in HTML.
    const end = this.#text.indexOf(close, this.#at + 2);
    if (end < 0) throw new TemplateError(`${name} is not closed`, this.#at);
    const inside = this.#text.slice(this.#at + open.length, end);
    if (this.#language === 'html' && inside.startsWith('[CDATA['))
      throw new TemplateError('a CDATA section is not allowed in HTML with merge fields', this.#at);
    // A declaration that contains other declarations ends at a later `>`; payloads do not need such declarations.
    if (this.#language === 'xml' && close === '>' && inside.includes('['))
      throw new TemplateError('an internal DTD is not allowed in XML with merge fields', this.#at);
    this.#refuseField(inside, `in ${name}`);
    this.#at = end + close.length;
  }

  #tag(): void {
    const start = this.#at;
    const tag = this.#take(TAG_NAME);
    if (tag === undefined) throw this.#unreadable(start);
    this.#refuseField(tag, 'in a tag');
    this.#take(BETWEEN_ATTRIBUTES);
    while (this.#take(TAG_END) === undefined) {
      this.#attribute(start);
      this.#take(BETWEEN_ATTRIBUTES);
    }
    if (this.#language === 'html' && !tag.startsWith('</')) {
      this.#mayBeForeign ||= FOREIGN_ELEMENT.test(tag.slice(1));
      this.#rawContent(tag.slice(1));
    }
  }

  #attribute(tagStart: number): void {
    const name = this.#take(ATTRIBUTE_NAME);
    if (name === undefined) throw this.#unreadable(tagStart);
    this.#refuseField(name, 'in a tag');
    if (this.#take(EQUALS) === undefined) return;
    const quoted = this.#take(QUOTED);
    const unquoted = quoted === undefined ? this.#take(UNQUOTED) : undefined;
    if (unquoted !== undefined) this.#refuseField(unquoted, 'in an attribute value without quotes');
    if (this.#language === 'html' && CODE_ATTRIBUTE.test(name)) {
      this.#refuseField(quoted ?? '', `in the attribute ${name}`);
    }
  }

  #rawContent(element: string): void {
    const isCode = CODE_ELEMENT.test(element);
    if (!isCode && !TEXT_ELEMENT.test(element)) return;
    const endTag = new RegExp(`</${element}(?![^\\t\\n\\f\\r />])`, 'gi');
    endTag.lastIndex = this.#at;
    const end = endTag.exec(this.#text)?.index ?? this.#text.length;
    if (this.#mayBeForeign && this.#text.slice(this.#at, end).includes('<')) {
      const what = `"<" is not allowed within <${element}> after <svg> or <math>, where a browser may read it as a tag`;
      throw new TemplateError(what, this.#at);
    }
    if (isCode) this.#refuseField(this.#text.slice(this.#at, end), `within <${element}>`);
    this.#at = end;
  }

  #refuseField(piece: string, where: string): void {
    if (piece.includes('{{')) throw new TemplateError(`a merge field is not allowed ${where}`, this.#at);
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unreadable(position: number): TemplateError {
    return new TemplateError('a tag is malformed or not closed; write "<" in text as "&lt;"', position);
  }
}
