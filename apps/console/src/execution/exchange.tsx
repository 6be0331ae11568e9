import { Pairs } from '../lists/facts.tsx';
import { BodyView } from '../text/body-view.tsx';
import { byteLength } from '../text/bytes.ts';
import { CopyButton } from '../text/copy-button.tsx';
import { texts } from '../texts.ts';
import { toCurl } from './curl.ts';
import type { Attempt } from './execution.ts';

const words = texts.execution.attempts;
const { body: bodyWords, hidden, copy } = texts.execution;
const { sections } = texts.execution.diff;

/** Request and response of one attempt as stored, with credentials redacted and bodies truncated. */
export function Exchange({ attempt, isHidden }: { attempt: Attempt; isHidden: boolean }) {
  return (
    <div className="exchange">
      <RequestPart request={attempt.request} isHidden={isHidden} />
      <ResponsePart response={attempt.response} isHidden={isHidden} />
    </div>
  );
}

function RequestPart({ request, isHidden }: { request: Attempt['request']; isHidden: boolean }) {
  return (
    <section className="exchange-part">
      <header>
        <h3>{words.request}</h3>
        {request && <CopyButton label={copy.curl} text={() => toCurl(request)} />}
      </header>
      {request ? (
        <>
          <p className="exchange-line mono foreign" dir="ltr">
            <strong>{request.method}</strong> {request.url}
          </p>
          <Headers label={sections.requestHeaders} headers={request.headers} />
          <Body
            label={sections.requestBody}
            text={request.body}
            bytes={request.body_bytes}
            isHidden={isHidden}
          />
        </>
      ) : (
        <p className="muted">{words.noRequest}</p>
      )}
    </section>
  );
}

function ResponsePart({ response, isHidden }: { response: Attempt['response']; isHidden: boolean }) {
  return (
    <section className="exchange-part">
      <header>
        <h3>{words.response}</h3>
      </header>
      {response ? (
        <>
          <p className="exchange-line mono" dir="ltr">
            <strong>{response.status}</strong>
          </p>
          <Headers label={sections.responseHeaders} headers={response.headers} />
          <Body
            label={sections.responseBody}
            text={response.body}
            bytes={response.body_bytes ?? response.body_bytes_read}
            isHidden={isHidden}
            note={response.truncated ? truncationOf(response) : undefined}
          />
        </>
      ) : (
        <p className="muted">{words.noResponse}</p>
      )}
    </section>
  );
}

function truncationOf({ body, body_bytes }: NonNullable<Attempt['response']>): string {
  const stored = byteLength(new TextEncoder().encode(body ?? '').length);
  return bodyWords.truncated(stored, body_bytes === null ? null : byteLength(body_bytes));
}

interface HeadersProps {
  label: string;
  headers: Readonly<Record<string, string>>;
}

function Headers({ label, headers }: HeadersProps) {
  const pairs = Object.entries(headers);
  return (
    <details open className="exchange-headers">
      <summary>
        {words.headers} <span className="muted">{pairs.length}</span>
      </summary>
      <div className="exchange-scroll" role="region" aria-label={label} tabIndex={0}>
        <Pairs pairs={pairs} isMono />
      </div>
    </details>
  );
}

interface BodyProps {
  label: string;
  text: string | null;
  bytes: number;
  isHidden: boolean;
  note?: string | undefined;
}

function Body({ label, text, bytes, isHidden, note }: BodyProps) {
  if (text !== null && text !== '') return <BodyView label={label} text={text} note={note} />;
  const says = bytes === 0 ? bodyWords.empty : isHidden ? hidden : bodyWords.notStored;
  return (
    <p className="exchange-absent">
      <strong>{label}</strong> <span className="muted">{bytes > 0 && byteLength(bytes)}</span>{' '}
      <span className="muted">{says}</span>
    </p>
  );
}
