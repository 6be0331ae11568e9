import { Fragment } from 'react';

interface UrlProps {
  url: string;
  method?: string;
}

/** A URL, after its method if there is one: from left to right everywhere, and broken between its parts if it has to be. */
export function Url({ url, method }: UrlProps) {
  return (
    <span className="foreign" dir="ltr">
      {method !== undefined && <span className="mono">{method} </span>}
      {partsOf(url).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}

/** Returns the parts of a URL that stay on one line: scheme and host, then each segment with its slash or each parameter. */
function partsOf(url: string): string[] {
  return url.match(/^\w+:\/\/[^/?&]*\/*|[^/?&]*\/+|[?&]?[^/?&]+|[?&]/g) ?? [url];
}
