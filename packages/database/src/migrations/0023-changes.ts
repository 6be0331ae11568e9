import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Notifications of changes to the data that config-api keeps in memory (ADR 44): keys that are revoked, changed or
 * deleted, quotas of accounts, and actions that are moved, deleted or restored. Postgres delivers the notifications at
 * commit, in the order of commits. A payload is a JSON list of the kind and the ids.
 */
export class Changes1764000000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER api_keys_changed ON api_keys;
      DROP TRIGGER account_quotas_changed ON account_quotas;
      DROP TRIGGER webhook_definitions_changed ON webhook_definitions;
      DROP FUNCTION notify_key_changed, notify_quotas_changed, notify_action_changed;
    `);
  }
}

const UP = `
  CREATE FUNCTION notify_key_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('hookline_changes', json_build_array('key', OLD.id)::text);
    RETURN NULL;
  END
  $$;
  CREATE FUNCTION notify_quotas_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('hookline_changes', json_build_array('quotas', coalesce(NEW.account_id, OLD.account_id))::text);
    RETURN NULL;
  END
  $$;
  CREATE FUNCTION notify_action_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('hookline_changes', json_build_array('action', OLD.action_id, OLD.account_id)::text);
    RETURN NULL;
  END
  $$;

  CREATE TRIGGER api_keys_changed AFTER DELETE OR UPDATE OF revoked_at, scopes, key_hash ON api_keys
    FOR EACH ROW EXECUTE FUNCTION notify_key_changed();
  CREATE TRIGGER account_quotas_changed AFTER INSERT OR UPDATE OR DELETE ON account_quotas
    FOR EACH ROW EXECUTE FUNCTION notify_quotas_changed();
  CREATE TRIGGER webhook_definitions_changed
    AFTER DELETE OR UPDATE OF workflow_id, deleted_at ON webhook_definitions
    FOR EACH ROW EXECUTE FUNCTION notify_action_changed();
`;
