/** Settings of retry-scheduler: only those that every service reads. Pure. */
import { describe, expect, it } from '@jest/globals';
import {
  BAD_COMMON_SETTINGS,
  configProblems,
  environmentOf,
  reportOf,
  variablesWithout,
} from '@hookline/testkit/bad-settings';
import { readConfig, retrySchedulerSettings } from './config.ts';

describe('the configuration of retry-scheduler', () => {
  it('reports all invalid settings together', () => {
    const problems = configProblems(() => readConfig(environmentOf(BAD_COMMON_SETTINGS)));
    expect(problems).toEqual(reportOf(retrySchedulerSettings, BAD_COMMON_SETTINGS));
    expect(variablesWithout(retrySchedulerSettings, BAD_COMMON_SETTINGS)).toEqual([
      'KAFKA_USERNAME',
      'KAFKA_PASSWORD',
      'HOOKLINE_TOPIC_PREFIX',
    ]);
  });
});
