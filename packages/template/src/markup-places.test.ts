import { describe, expect, it } from '@jest/globals';
import type { MarkupLanguage } from './markup-places.ts';
import { PAYLOAD_KINDS } from './payload-kinds.ts';

const HOSTILE = `"><script>alert('&')</script>`;
const HARMLESS = '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;';

const render = (language: MarkupLanguage, template: string): string =>
  PAYLOAD_KINDS[language].compile(template).render({ v: HOSTILE }, 1_000);

describe('a merge field in markup', () => {
  it.each([
    '{{v}}',
    '<p>{{v}}</p>',
    '<p title="{{v}}">',
    "<p title = '{{ v }}'a=1 b/>",
    '<p title="a"b="{{v}}">',
    '<input disabled value="{{v}}" data-x=/a/b/>',
    'a < {{v}} > b, 1<2 <3',
    '<!DOCTYPE html><title>{{v}} <b></title><textarea>{{v}}</textarea >',
    '<script>if (a < b) c("<p a=")</script><p>{{v}}',
    '<style>a > b {}</style><p>{{v}}',
    '<!-- <script> --><p>{{v}}</p><!--><p>{{v}}',
    '<a href="/?a=1&b={{v}}&amp;{{v}}">',
    '<svg><title>{{v}}</title><style>a {}</style></svg><p>{{v}}',
    '<my-element.x @click=a :b="{{v}}">',
  ])('is rendered as text in the HTML %s', (template) => {
    expect(render('html', template)).toBe(template.replaceAll(/\{\{ ?v ?\}\}/g, HARMLESS));
  });

  it.each([
    '<?xml version="1.0" encoding="UTF-8"?><n>{{v}}</n>',
    '<!DOCTYPE n SYSTEM "http://example.com/n.dtd"><n a="{{v}}"/>',
    '<s:Envelope xmlns:s="urn:s"><![CDATA[<b>]]><!-- c --><s:n>{{v}}</s:n></s:Envelope>',
    '<style>{{v}}</style><n onclick="{{v}}"/>',
  ])('is rendered as text in the XML %s', (template) => {
    const harmless = HARMLESS.replaceAll('&#39;', '&apos;');
    expect(render('xml', template)).toBe(template.replaceAll('{{v}}', harmless));
  });

  it('keeps white space that an XML parser would normalise', () => {
    const n = PAYLOAD_KINDS.xml.compile('<n a="{{v}}">{{v}}</n>').render({ v: ' \t\r\n ' }, 1_000);
    expect(n).toBe('<n a=" &#9;&#13;&#10; "> &#9;&#13;&#10; </n>');
  });

  it.each<[MarkupLanguage, string, RegExp]>([
    ['html', '<{{v}}>', /not allowed in a tag/],
    ['html', '<{{ v }} a>', /not allowed in a tag/],
    ['html', '<p{{v}}>', /not allowed in a tag/],
    ['html', '</{{v}}>', /not allowed in a tag/],
    ['html', '<p {{v}}>', /not allowed in a tag/],
    ['html', '<p {{v}}="a">', /not allowed in a tag/],
    ['html', '<p a={{v}}>', /not allowed in an attribute value without quotes/],
    ['html', '<p a= x{{ v }}>', /not allowed in an attribute value without quotes/],
    ['html', '<p onclick="f(\'{{v}}\')">', /not allowed in the attribute onclick/],
    ['html', '<p STYLE="{{v}}">', /not allowed in the attribute STYLE/],
    ['html', '<iframe srcdoc="{{v}}">', /not allowed in the attribute srcdoc/],
    ['html', '<script>"{{v}}"</script>', /not allowed within <script>/],
    ['html', '<SCRIPT a="b">"{{v}}"', /not allowed within <SCRIPT>/],
    ['html', '<script></scripty>{{v}}</script>', /not allowed within <script>/],
    ['html', '<style>{{v}}</style>', /not allowed within <style>/],
    ['html', '<!-- {{v}} -->', /not allowed in a comment/],
    ['html', '<!{{v}}>', /not allowed in a declaration/],
    ['html', '<?{{v}}>', /not allowed in a declaration/],
    ['html', '<!-- {{v}}', /a comment is not closed at 0/],
    ['html', '<p a="{{v}}', /a tag is malformed or not closed/],
    ['html', '<p a"> <p {{v}} b">', /a tag is malformed or not closed/],
    ['html', '<svg><title><a b={{v}}></title>', /"<" is not allowed within <title> after <svg>/],
    ['html', '<Math x><style><a b="</style>{{v}}" c={{v}}>', /"<" is not allowed within <style> after/],
    ['html', '<svg><![CDATA[> <b a="]]>{{v}}<i c={{v}} ">', /a CDATA section is not allowed .* at 5/],
    ['html', '&{{v}};', /character reference; write "&amp;" instead at 0/],
    ['html', '&#x{{v}};', /write "&amp;" instead/],
    ['xml', '<n>&{{v}};</n>', /write "&amp;" instead at 3/],
    ['xml', '<{{v}}/>', /not allowed in a tag/],
    ['xml', '<n><![CDATA[{{v}}]]></n>', /not allowed in a CDATA section/],
    ['xml', '<!-- {{v}} --><n/>', /not allowed in a comment/],
    ['xml', '<?a {{v}}?><n/>', /not allowed in a processing instruction/],
    ['xml', '<!DOCTYPE n [<!ENTITY e "x>{{v}}">]><n/>', /an internal DTD is not allowed .* at 0/],
    ['xml', '<n>1 < {{v}}</n>', /write "<" in text as "&lt;"/],
    ['xml', '<n>\u0001</n>', /illegal XML character at 3/],
    ['xml', '<n>{{v.}}</n>', /bad field "v." at 3/],
  ])('is refused in the %s template %s', (language, template, reason) => {
    expect(() => render(language, template)).toThrow(reason);
  });

  it('is required for a refusal: malformed markup without a field is sent unchanged', () => {
    const odd = '<p a"><script><!-- ';
    expect(render('html', odd)).toBe(odd);
  });

  it('has its place checked in linear time in 1 MiB of hostile markup', () => {
    for (const piece of [
      '<',
      '<p a="',
      '<p ',
      '&',
      '&amp',
      '<!--',
      '<script>',
      '<p a = ',
      '</',
      '<textarea>',
    ]) {
      const template = `{{v}}${piece.repeat(1_048_576 / piece.length)}`;
      expect(() => PAYLOAD_KINDS.html.compile(template).render({ v: '' }, 10)).toThrow(/tag|comment|1 MiB/);
    }
  });
});
