import type { Keyring } from '@hookline/credentials/keyring';
import type { SealFormat } from '@hookline/credentials/sealed-value';
import { type Actions, type ActionsDeps, createActions } from './actions/actions.ts';
import { createComparedDefinitions } from './actions/compared-definitions.ts';
import { type CopyAction, createCopyAction } from './actions/copy-action.ts';
import { createDrafts, type Drafts, type DraftsDeps } from './actions/drafts.ts';
import { createCredentialSealer, type CredentialSealerDeps } from './actions/seal-credential.ts';
import { createVersions, type Versions, type VersionsDeps } from './actions/versions.ts';

/** Use cases of published definitions, drafts, versions and copies. */
export interface Definitions {
  actions: Actions;
  drafts: Drafts;
  versions: Versions;
  copyAction: CopyAction;
  comparedDefinitions: ReturnType<typeof createComparedDefinitions>;
}

interface DefinitionsDeps extends Pick<ActionsDeps, 'destinations' | 'evaluations'> {
  database: {
    actions: ActionsDeps['store'];
    drafts: DraftsDeps['drafts'];
    versions: VersionsDeps['versions'];
    accounts: CredentialSealerDeps['accounts'];
  };
  keyring: Keyring;
}

export function composeDefinitions(
  { database, keyring, destinations, evaluations }: DefinitionsDeps,
  sealing: { format: SealFormat; destinationOnly: boolean },
): Definitions {
  const { accounts } = database;
  const sealer = createCredentialSealer({ keyring, accounts }, sealing);
  const draftSealer = createCredentialSealer({ keyring, accounts }, { ...sealing, format: 'destination' });
  const deps = { store: database.actions, drafts: database.drafts, sealer, destinations, evaluations };
  const actions = createActions(deps);
  const drafts = createDrafts({ ...deps, draftSealer });
  return {
    actions,
    drafts,
    versions: createVersions({ versions: database.versions, actions, drafts }),
    copyAction: createCopyAction({ ...deps, actions }),
    comparedDefinitions: createComparedDefinitions({ ...deps, drafts }),
  };
}
