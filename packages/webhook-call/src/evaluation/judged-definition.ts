import type { DestinationGuard } from '@hookline/destination-guard/destination-guard';
import type { DestinationUrl } from '@hookline/destination-guard/destination-url';
import type { Refusal } from '@hookline/destination-guard/refusal';
import { compileUrl } from '@hookline/template/compile-url';
import { TemplateError } from '@hookline/template/template-error';
import { authDestinations } from '../authentication/check-settings.ts';
import type { CallableDefinition } from '../request/compile-definition.ts';

/** The guard's decision on one destination. */
interface JudgedHost {
  host: string;
  port: number;
  refusal: Refusal | null;
}

/**
 * A definition with the guard's decision on every host it names. The guard needs facts about the network around this
 * process, which are not available in a worker, so the hosts are checked before the definition is sent to a worker.
 */
export interface JudgedDefinition {
  definition: CallableDefinition;
  hosts: readonly JudgedHost[];
}

type HostJudges = Pick<DestinationGuard, 'judgeHost'>;

/** Checks the hosts of a definition, and copies only the fields that a worker needs. */
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
    // The compiler only needs to know whether requests are signed, so the sealed secrets stay here.
    signing: signing && { ...signing, sealedSecrets: [] },
    auth: { type, headerName, settings },
    headerEncoding,
  };
  return { definition: plain, hosts };
}

/** Builds a guard that returns the decisions stored with a definition. */
export function judgesOf({ hosts }: JudgedDefinition): HostJudges {
  return {
    judgeHost: (host, port) => {
      const judged = hosts.find((one) => one.host === host && one.port === port);
      if (!judged) throw new Error('a definition names a host that was not checked in advance');
      return judged.refusal;
    },
  };
}

/** Reads the destination of a URL template; returns null if the template is invalid. */
export function urlOf(url: string): DestinationUrl | null {
  try {
    const compiled = compileUrl(url);
    return compiled.kind === 'compiled' ? compiled.url : null;
  } catch (error) {
    // `compileDefinition` reports the error.
    if (error instanceof TemplateError) return null;
    throw error;
  }
}
