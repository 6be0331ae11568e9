import {
  CreateReplayJob,
  ReplayItemList,
  ReplayItemQuery,
  ReplayJob,
  ReplayJobList,
  ReplayJobParams,
} from '@hookline/shared/contracts/rest/replays';
import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import { validate as isUuid } from 'uuid';
import type { Api } from '../http/api.ts';
import { accountIdOf, callerOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { pageOf } from '../http/page.ts';
import type { JobStep, ReplayJobs } from './replay-jobs.ts';

const tags = ['Replay jobs'];
const mayRead: Access = { by: 'account', scope: 'read' };
const mayExecute: Access = { by: 'account', scope: 'execute' };

const STEPS: Record<JobStep, string> = {
  start: 'Start a planned replay job',
  pause: 'Pause a replay job; the batch that is being requested ends first',
  resume: 'Resume a paused replay job where it stopped',
  abort: 'Abort a replay job permanently; executions that it has requested are not affected',
};

export function replayJobRoutes(api: Api, jobs: ReplayJobs): void {
  api.post('/replay-jobs', {
    config: { access: mayExecute },
    schema: {
      tags,
      operationId: 'createReplayJob',
      summary: 'Plan a job that replays executions by filter: counts them, and starts nothing',
      body: CreateReplayJob,
      response: { 201: ReplayJob, ...problems(409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const job = await jobs.create({
        accountId: accountIdOf(request),
        input: request.body,
        caller,
        maxRatePerSecond: caller.kind === 'account' ? caller.rates.executionsPerSecond : null,
      });
      return reply.code(201).header('location', `/api/v1/replay-jobs/${job.id}`).send(job);
    },
  });

  api.get('/replay-jobs', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'listReplayJobs',
      summary: 'List replay jobs, newest first',
      querystring: PageQuery,
      response: { 200: ReplayJobList, ...problems() },
    },
    handler: (request) => jobs.list(accountIdOf(request), pageOf(request.query, isUuid)),
  });

  api.get('/replay-jobs/:id', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'getReplayJob',
      summary: 'Get a replay job with its plan and its progress',
      params: ReplayJobParams,
      response: { 200: ReplayJob, ...problems(404) },
    },
    handler: (request) => jobs.find({ accountId: accountIdOf(request), jobId: request.params.id }),
  });

  itemsRoute(api, jobs);
  for (const [step, summary] of Object.entries(STEPS) as [JobStep, string][])
    stepRoute(api, jobs, step, summary);
}

function itemsRoute(api: Api, jobs: ReplayJobs): void {
  api.get('/replay-jobs/:id/items', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'listReplayJobItems',
      summary: 'List the executions that a job has processed, each with its result',
      params: ReplayJobParams,
      querystring: ReplayItemQuery,
      response: { 200: ReplayItemList, ...problems(404) },
    },
    handler: (request) => {
      const { query, params } = request;
      const address = { accountId: accountIdOf(request), jobId: params.id };
      return jobs.items(address, { ...pageOf(query), state: query.state });
    },
  });
}

function stepRoute(api: Api, jobs: ReplayJobs, step: JobStep, summary: string): void {
  api.post(`/replay-jobs/:id/${step}`, {
    config: { access: mayExecute },
    schema: {
      tags,
      operationId: `${step}ReplayJob`,
      summary,
      params: ReplayJobParams,
      response: { 200: ReplayJob, ...problems(404, 409) },
    },
    handler: (request) => {
      const address = { accountId: accountIdOf(request), jobId: request.params.id };
      return jobs.change(address, step, callerOf(request));
    },
  });
}
