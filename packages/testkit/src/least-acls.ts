import { groupName } from '@hookline/shared/kafka/client/kafka-client';
import { type GroupAccess, type ServiceAccess, usedTopics } from '@hookline/shared/deployment/service-access';

/** One ALLOW of Kafka's authorizer, for one user from any host. */
export interface Acl {
  resource: 'topic' | 'group';
  /** Full name or, where `prefixed`, what names begin with. */
  name: string;
  pattern: 'literal' | 'prefixed';
  operation: 'Read' | 'Write' | 'Delete' | 'DescribeConfigs';
}

/**
 * The least that a process must be allowed when somebody else creates the topics (HOOKLINE_TOPICS=check). Read and Write
 * imply Describe; nothing is needed on the cluster.
 * @param prefix of the deployment, before every name
 */
export function leastAcls(access: ServiceAccess, prefix: string): Acl[] {
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
  if (kind === 'own') return [{ ...group, pattern: 'literal', operation: 'Read' }];
  return [
    { ...group, pattern: 'prefixed', operation: 'Read' },
    { ...group, pattern: 'prefixed', operation: 'Delete' },
  ];
}
