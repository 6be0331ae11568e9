import { IfMatchHeaders } from '@hookline/shared/contracts/rest/fields';
import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import { ActionParams, SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { SavedWebhookDraft } from '@hookline/shared/contracts/rest/webhook-drafts';
import {
  CompareQuery,
  RestoreVersion,
  VersionParams,
  WebhookComparison,
  WebhookVersion,
  WebhookVersionList,
} from '@hookline/shared/contracts/rest/webhook-versions';
import type { Api } from '../http/api.ts';
import { problems } from '../http/openapi.ts';
import { cutPage, pageOf } from '../http/page.ts';
import { ifMatch } from '../http/preconditions.ts';
import { ACTION_PATH, ACTION_TAGS as tags, addressOf, MAY_READ, MAY_WRITE } from './action-params.ts';
import { savedActionView } from './action-view.ts';
import { savedDraftView } from './draft-view.ts';
import { definitionEtag, draftEtag } from './etag.ts';
import { versionSummaryView, versionView } from './version-view.ts';
import type { Versions } from './versions.ts';

const VERSIONS_PATH = `${ACTION_PATH}/versions`;
const VERSION_PATH = `${VERSIONS_PATH}/:version`;

/** Routes of published versions (ADR 37). */
export function versionRoutes(api: Api, versions: Versions): void {
  readRoutes(api, versions);

  api.post(`${VERSION_PATH}/restore`, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'restoreWebhookVersion',
      summary: 'Turn a published version into the draft, with the secrets that are stored now',
      description:
        'A 422 names the secrets that have to be sent, because none are stored now, or because those stored now are of another kind or belong to another destination. If-Match is compared with the draft. To publish a version immediately, use …/republish.',
      params: VersionParams,
      headers: IfMatchHeaders,
      body: RestoreVersion,
      response: { 200: SavedWebhookDraft, 201: SavedWebhookDraft, ...problems(404, 409, 412, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const restore = { version: Number(request.params.version), secrets: request.body ?? {} };
      const saved = await versions.restoreAsDraft(addressOf(request), restore, ifMatch(request));
      const { draft, published } = saved;
      const etag = draftEtag({ draft, publishedVersion: published && published.definition.version });
      reply.header('etag', etag).code(saved.isNew ? 201 : 200);
      return savedDraftView(saved);
    },
  });

  api.post(`${VERSION_PATH}/republish`, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'republishWebhookVersion',
      summary: 'Publish a version again, as a new version, with the secrets that are stored now',
      description:
        'Works like …/restore, but without a draft. If-Match is compared with the published definition.',
      params: VersionParams,
      headers: IfMatchHeaders,
      body: RestoreVersion,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 412, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const restore = { version: Number(request.params.version), secrets: request.body ?? {} };
      const saved = await versions.publishAgain(addressOf(request), restore, ifMatch(request));
      reply.header('etag', definitionEtag(saved.action.definition));
      return savedActionView(saved);
    },
  });
}

function readRoutes(api: Api, versions: Versions): void {
  api.get(VERSIONS_PATH, {
    config: { access: MAY_READ },
    schema: {
      tags,
      operationId: 'listWebhookVersions',
      summary: 'List the published versions of a webhook action, newest first',
      params: ActionParams,
      querystring: PageQuery,
      response: { 200: WebhookVersionList, ...problems(404) },
    },
    handler: async (request) => {
      const page = pageOf(request.query);
      const found = await versions.list(addressOf(request), page);
      const { rows, next_cursor } = cutPage(found, page, ({ version }) => ({ key: version, id: '' }));
      return { data: rows.map(versionSummaryView), next_cursor };
    },
  });

  api.get(VERSION_PATH, {
    config: { access: MAY_READ },
    schema: {
      tags,
      operationId: 'getWebhookVersion',
      summary: 'Get a published version of a webhook action, without its secrets',
      params: VersionParams,
      response: { 200: WebhookVersion, ...problems(404) },
    },
    handler: async (request) =>
      versionView(await versions.get(addressOf(request), Number(request.params.version))),
  });

  api.get(`${VERSION_PATH}/compare`, {
    config: { access: MAY_READ },
    schema: {
      tags,
      operationId: 'compareWebhookVersion',
      summary:
        'Compare a published version with another version, with the published definition or with the draft',
      params: VersionParams,
      querystring: CompareQuery,
      response: { 200: WebhookComparison, ...problems(404) },
    },
    handler: async (request) =>
      versions.compare(addressOf(request), Number(request.params.version), request.query.with ?? 'published'),
  });
}
