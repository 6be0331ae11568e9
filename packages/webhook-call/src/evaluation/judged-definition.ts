import type { DestinationGuard } from '@hookline/destination-guard/destination-guard';
import type { DestinationUrl } from '@hookline/destination-guard/destination-url';
import type { Refusal } from '@hookline/destination-guard/refusal';
import { compileUrl } from '@hookline/template/compile-url';
import { TemplateError } from '@hookline/template/template-error';
import { authDestinations } from '../authentication/check-settings.ts';
import type { CallableDefinition } from '../request/compile-definition.ts';

/** What the guard says of one destination. */
interface JudgedHost {
  host: string;
  port: number;
  refusal: Refusal | null;
}

/**
 * A definition with the guard's judgement of every host it names. The guard knows the network around this process, which a
 * worker does not, so it is asked before the definition is sent to one.
 */
export interface JudgedDefinition {
  definition: CallableDefinition;
  hosts: readonly JudgedHost[];
}

type HostJudges = Pick<DestinationGuard, 'judgeHost'>;

/** Plain values only, and no more of a definition than shapes its requests. */
export function judgeDefinition(definition: CallableDefinition, guard: HostJudges): JudgedDefinition {
  const { url, method, headers, payloadTemplate, responseMapping, contentKind, signing, auth } = definition;
  const { headerEncoding } = definition;
  const destinations = [urlOf(url), ...authDestinations(auth).map((destination) => destination.url)];
  const hosts = destinations
    .filter((destination) => destination !== null)
    .map(({ host, port }) => ({ host, port, refusal: guard.judgeHost(host, port) }));
  const { type, headerName, settings } = auth;
  const plain: CallableDefinition = {
    url,
    method,
    headers,
    payloadTemplate,
    responseMapping,
    contentKind,
    // Only whether there is one matters; the sealed secrets stay here.
    signing: signing && { ...signing, sealedSecrets: [] },
    auth: { type, headerName, settings },
    ...(headerEncoding && { headerEncoding }),
  };
  return { definition: plain, hosts };
}

/** Repeats the judgement. */
export function judgesOf({ hosts }: JudgedDefinition): HostJudges {
  return {
    judgeHost: (host, port) => {
      const judged = hosts.find((one) => one.host === host && one.port === port);
      if (!judged) throw new Error('a definition names a host that was not judged');
      return judged.refusal;
    },
  };
}

function urlOf(url: string): DestinationUrl | null {
  try {
    const compiled = compileUrl(url);
    return compiled.kind === 'compiled' ? compiled.url : null;
  } catch (error) {
    // Reported when the definition is compiled.
    if (error instanceof TemplateError) return null;
    throw error;
  }
}
