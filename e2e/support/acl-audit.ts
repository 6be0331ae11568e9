import { readFile } from 'node:fs/promises';
import type { Acl } from '@hookline/testkit/minimal-acls';
import kafkajs, { type Admin } from 'kafkajs';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const OPERATIONS = {
  Create: AclOperationTypes.CREATE,
  Describe: AclOperationTypes.DESCRIBE,
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Delete: AclOperationTypes.DELETE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

/** An ACL whose operation may be one that the minimal ACLs do not contain. */
export type Grant = Omit<Acl, 'operation'> & { operation: keyof typeof OPERATIONS };

/** Grants ACLs to a user who has none; resolves when the broker has received them from the controller. */
export async function grant(admin: Admin, user: string, acls: readonly Grant[]): Promise<void> {
  await admin.createAcls({
    acl: acls.map(({ resource, name, pattern, operation }) => ({
      resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
      resourceName: name,
      resourcePatternType:
        pattern === 'literal' ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
      principal: `User:${user}`,
      host: '*',
      operation: OPERATIONS[operation],
      permissionType: AclPermissionTypes.ALLOW,
    })),
  });
  const own = {
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: `User:${user}`,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  // Each check waits for a response from the broker, so the loop needs no delay. If ACLs are missing, the test times
  // out.
  const known = async (): Promise<number> =>
    (await admin.describeAcls(own)).resources.flatMap((resource) => resource.acls).length;
  while ((await known()) < acls.length);
}

/** One decision of the authorizer. */
export interface Decision {
  user: string;
  allowed: boolean;
  /** Operation in Kafka's spelling, such as `DESCRIBE_CONFIGS`. */
  operation: string;
  /** Type of resource, such as `Topic` or `Group`. */
  resource: string;
  name: string;
  line: string;
}

const LINE =
  /^Principal = User:(\S+) is (Allowed|Denied) operation = (\S+) from host = \S+ on resource = (\w+):LITERAL:(\S+) /;

/** Reads the decisions that a broker's authorizer logged. */
export async function readAudit(file: string): Promise<Decision[]> {
  const text = await readFile(file, 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, user, verdict, operation, resource, name] = LINE.exec(line) ?? [];
    if (!user || !operation || !resource || !name) return [];
    return [{ user, allowed: verdict === 'Allowed', operation, resource, name, line }];
  });
}

/** Whether an ACL allowed a request for its own operation, and not only for an operation that it implies. */
export function wasNeeded(acl: Acl, decisions: readonly Decision[]): boolean {
  const operation = acl.operation === 'DescribeConfigs' ? 'DESCRIBE_CONFIGS' : acl.operation.toUpperCase();
  return decisions.some(
    (one) =>
      one.allowed &&
      one.operation === operation &&
      one.resource.toLowerCase() === acl.resource &&
      (acl.pattern === 'literal' ? one.name === acl.name : one.name.startsWith(acl.name)),
  );
}
