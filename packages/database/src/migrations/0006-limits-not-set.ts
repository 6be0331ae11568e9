import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets accounts leave their in-flight limits to the dispatcher: null means "not set" (ADR 15). Previously, every new
 * account was given a limit of 100, and of 10 for each endpoint. Accounts whose settings have not been written since
 * their creation did not choose these limits, so the migration clears them. It also publishes these settings again,
 * because dispatchers read settings only from Kafka.
 */
export class LimitsNotSet1764000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
    const freed = (await runner.query(SET_FREE)) as FreedSettings[];
    for (const { accountId, updatedAt, ...rest } of freed) {
      const value = encodeEvent('AccountSettings', {
        ...rest,
        accountId,
        maxInFlight: 100,
        maxInFlightPerEndpoint: 10,
        ownMaxInFlight: false,
        ownMaxInFlightPerEndpoint: false,
        maxStoredBytesPerDay: null,
        updatedAt: updatedAt.getTime(),
      });
      const outbox = 'INSERT INTO outbox (topic, account_id, record_key, value) VALUES ($1, $2, $2, $3)';
      await runner.query(outbox, [TOPICS.accountSettings.name, accountId, value]);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

interface FreedSettings {
  accountId: string;
  ratePerSecond: number | null;
  burst: number | null;
  pausedEndpoints: string[];
  suspended: boolean;
  updatedAt: Date;
}

const UP = `
  ALTER TABLE account_settings
    ALTER COLUMN max_in_flight DROP NOT NULL,
    ALTER COLUMN max_in_flight_per_endpoint DROP NOT NULL;
  COMMENT ON COLUMN account_settings.max_in_flight IS
    'null: not set, HOOKLINE_ACCOUNT_MAX_IN_FLIGHT of the dispatcher applies';
  COMMENT ON COLUMN account_settings.max_in_flight_per_endpoint IS
    'null: not set, HOOKLINE_ENDPOINT_MAX_IN_FLIGHT of the dispatcher applies';
`;

/**
 * Clears the limits of settings that still contain the former defaults and have not been written since their account
 * was created, and returns these settings. An account and its first settings have the same timestamp.
 */
const SET_FREE = `
  WITH freed AS (
    UPDATE account_settings SET max_in_flight = NULL, max_in_flight_per_endpoint = NULL
    FROM accounts
    WHERE accounts.id = account_id AND accounts.created_at = updated_at
      AND max_in_flight = 100 AND max_in_flight_per_endpoint = 10
    RETURNING account_settings.*
  )
  SELECT account_id AS "accountId", rate_per_second AS "ratePerSecond", burst,
    paused_endpoints AS "pausedEndpoints", suspended, updated_at AS "updatedAt"
  FROM freed
`;

const DOWN = `
  UPDATE account_settings SET
    max_in_flight = coalesce(max_in_flight, 100),
    max_in_flight_per_endpoint = coalesce(max_in_flight_per_endpoint, 10);
  ALTER TABLE account_settings
    ALTER COLUMN max_in_flight SET NOT NULL,
    ALTER COLUMN max_in_flight_per_endpoint SET NOT NULL;
  COMMENT ON COLUMN account_settings.max_in_flight IS NULL;
  COMMENT ON COLUMN account_settings.max_in_flight_per_endpoint IS NULL;
`;
