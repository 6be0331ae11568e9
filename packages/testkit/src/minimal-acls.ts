import { groupName } from '@hookline/shared/kafka/client/kafka-client';
import { type GroupAccess, type ServiceAccess, usedTopics } from '@hookline/shared/deployment/service-access';

/** An ALLOW rule of Kafka's authorizer, for one user from any host. */
export interface Acl {
  resource: 'topic' | 'group';
  /** Full name or, if the pattern is `prefixed`, the prefix of full names. */
  name: string;
  pattern: 'literal' | 'prefixed';
  operation: 'Read' | 'Write' | 'Delete' | 'Describe' | 'DescribeConfigs';
}

/**
 * Lists the minimal ACLs of a process that does not create its topics (HOOKLINE_TOPICS=check). Read and Write imply
 * Describe; no ACL on the cluster is needed.
 * @param prefix the deployment's prefix of all names
 */
export function minimalAcls(access: ServiceAccess, prefix: string): Acl[] {
  const topics = (names: readonly { name: string }[], operation: Acl['operation']): Acl[] =>
    names.map(({ name }) => ({ resource: 'topic', name: prefix + name, pattern: 'literal', operation }));
  return [
    ...topics(access.reads, 'Read'),
    ...topics(access.writes, 'Write'),
    ...(access.checksTopics ? topics(usedTopics(access), 'DescribeConfigs') : []),
    ...access.groups.flatMap((group) => groupAcls(group, prefix)),
  ];
}

function groupAcls({ name, kind }: GroupAccess, prefix: string): Acl[] {
  const group = { resource: 'group', name: groupName({ prefix }, name) } as const;
  if (kind === 'shared') return [{ ...group, pattern: 'literal', operation: 'Read' }];
  if (kind === 'watched') return [{ ...group, pattern: 'literal', operation: 'Describe' }];
  return [
    { ...group, pattern: 'prefixed', operation: 'Read' },
    { ...group, pattern: 'prefixed', operation: 'Delete' },
  ];
}
