import { type Answer, answerJson, refused } from './http/answer.ts';
import type { Contacts } from './pg-contacts.ts';
import type { Run } from './run.ts';

type NewRun = Pick<Run, 'accountId' | 'contactId' | 'workflow'>;

export interface BeginRunDeps {
  engine: { begin(run: NewRun): Promise<string> };
  contacts: Contacts;
}

/** Begins a run if its contact exists. */
export async function beginRun({ engine, contacts }: BeginRunDeps, run: NewRun): Promise<Answer> {
  if ((await contacts.find(run.contactId)) === null) return refused(`there is no contact ${run.contactId}`);
  return answerJson(202, { id: await engine.begin(run) });
}
