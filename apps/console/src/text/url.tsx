import { Fragment } from 'react';
import { urlParts } from './url-parts.ts';

interface UrlProps {
  url: string;
  method?: string;
}

/**
 * Shows a URL, preceded by the method if there is one. It is always written from left to right, and breaks only between
 * its parts.
 */
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
