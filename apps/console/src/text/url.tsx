import { Fragment } from 'react';
import { urlParts } from './url-parts.ts';

interface UrlProps {
  url: string;
  method?: string;
}

/** A URL, after its method if there is one: from left to right everywhere, and broken between its parts if it has to be. */
export function Url({ url, method }: UrlProps) {
  return (
    <span className="foreign" dir="ltr">
      {method !== undefined && <span className="mono">{method} </span>}
      {urlParts(url).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}
