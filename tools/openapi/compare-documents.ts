import { compareSchemas, type Direction } from './compare-schemas.ts';
import type { Content, OpenApiDocument, Operation, Parameter } from './document.ts';

interface Documents {
  released: OpenApiDocument;
  current: OpenApiDocument;
}

interface Operations {
  released: Operation;
  current: Operation;
}

/**
 * Lists the changes in the current document that may break a client written for the released document, with a sentence
 * for each change. Empty if no change can break such a client.
 */
export function compareDocuments(documents: Documents): string[] {
  const { released, current } = documents;
  return Object.entries(released.paths).flatMap(([path, methods]) => {
    const now = current.paths[path];
    if (!now) return [`the path ${path} was removed`];
    return Object.entries(methods).flatMap(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const operationNow = now[method];
      if (!operationNow) return [`${name} was removed`];
      return compareOperations(documents, { released: operation, current: operationNow }, name);
    });
  });
}

function compareOperations(documents: Documents, operations: Operations, name: string): string[] {
  const { released, current } = operations;
  const renamed =
    released.operationId !== undefined && released.operationId !== current.operationId
      ? [`${name}: operationId ${released.operationId} became ${current.operationId ?? 'none'}`]
      : [];
  return [
    ...renamed,
    ...compareParameters(documents, operations, name),
    ...compareBodies(documents, operations, name),
    ...Object.entries(released.responses)
      .filter(([status]) => status.startsWith('2'))
      .flatMap(([status, { content = {} }]) => {
        const now = current.responses[status];
        if (!now) return [`${name}: the response ${status} was removed`];
        const where = `${name}, response ${status}`;
        return compareContents(documents, [content, now.content ?? {}], { direction: 'response', where });
      }),
  ];
}

function compareParameters(documents: Documents, { released, current }: Operations, name: string): string[] {
  const keyOf = (parameter: Parameter): string => `${parameter.in} parameter ${parameter.name}`;
  const before = new Map((released.parameters ?? []).map((each) => [keyOf(each), each]));
  const now = new Map((current.parameters ?? []).map((each) => [keyOf(each), each]));
  const lost = [...before.keys()]
    .filter((key) => !now.has(key))
    .map((key) => `${name}: the ${key} was removed`);
  const changed = [...now].flatMap(([key, parameter]) => {
    const earlier = before.get(key);
    if (parameter.required && !earlier?.required) return [`${name}: the ${key} is now required`];
    if (!earlier) return [];
    const pair = { released: earlier.schema ?? {}, current: parameter.schema ?? {} };
    return compareSchemas({ ...documents, direction: 'request' }, pair, `${name}, ${key}`);
  });
  return [...lost, ...changed];
}

function compareBodies(documents: Documents, { released, current }: Operations, name: string): string[] {
  const [before, now] = [released.requestBody, current.requestBody];
  if (!now) return before ? [`${name}: the request body was removed`] : [];
  if (now.required && !before?.required) return [`${name}: a request body is now required`];
  const where = `${name}, request body`;
  return compareContents(documents, [before?.content ?? {}, now.content], { direction: 'request', where });
}

function compareContents(
  documents: Documents,
  [released, current]: readonly [Content, Content],
  { direction, where }: { direction: Direction; where: string },
): string[] {
  return Object.entries(released).flatMap(([mediaType, { schema = {} }]) => {
    const now = current[mediaType];
    if (!now) return [`${where}: the media type ${mediaType} was removed`];
    return compareSchemas(
      { ...documents, direction },
      { released: schema, current: now.schema ?? {} },
      where,
    );
  });
}
