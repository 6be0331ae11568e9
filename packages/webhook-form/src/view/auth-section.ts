import { authenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import { html, nothing, type TemplateResult } from 'lit';
import { schemaOfField } from '../model/definition-schema.ts';
import { secretRisk } from '../model/secret-risk.ts';
import type { TextKey } from '../texts/texts.ts';
import { notes, selectField, switchField, textField } from './controls.ts';
import type { FormView } from './form-view.ts';
import { dateTime } from './times.ts';

/** Section with authentication and signing. A secret can be entered, but a stored secret is never shown. */
export function authSection(view: FormView): TemplateResult {
  const { state, t } = view;
  return html`<section part="section" aria-labelledby="h-authentication">
    <h3 id="h-authentication">${t('section.authentication')}</h3>
    <div class="columns">
      ${selectField(view, {
        path: 'auth_type',
        label: t('label.auth_type'),
        value: state.auth_type,
        onInput: (type) => {
          const keepsSecret = type === view.stored?.authType && view.stored.isSet;
          view.change({ auth_type: type as typeof state.auth_type, keepsSecret });
        },
      })}
      <div class="field auth-fields" data-field="auth_config" part="auth">
        ${authFields(view)} ${notes(view, 'auth_config')}
      </div>
    </div>
    ${signingFields(view)}
  </section>`;
}

function authFields(view: FormView) {
  const { settings, sealed } = authenticationKind(view.state.auth_type);
  return html`${Object.keys(settings).map((name) => settingField(view, name))}
  ${Object.keys(sealed).length === 0 ? nothing : secretFields(view, Object.keys(sealed))}`;
}

function settingField(view: FormView, name: string): TemplateResult {
  const { state, t } = view;
  const options = {
    path: `auth_config.${name}`,
    label: t(`auth.${name}` as TextKey),
    value: state.auth_config[name] ?? authenticationKind(state.auth_type).settings[name]?.default ?? '',
    onInput: (value: string) => view.change({ auth_config: { ...state.auth_config, [name]: value } }),
  };
  return schemaOfField(options.path).enum ? selectField(view, options) : textField(view, options);
}

function secretFields(view: FormView, names: readonly string[]): TemplateResult {
  return view.state.keepsSecret ? storedSecret(view, names) : newSecret(view, names);
}

function storedSecret(view: FormView, names: readonly string[]): TemplateResult {
  const { t, stored } = view;
  const risk = secretRisk(view.state, stored);
  return html`<div class="secret" part="secret">
    <p class="secret-line">
      <span aria-hidden="true">●●●●●●</span>
      ${t('secret.stored', { time: dateTime(stored?.savedAt ?? '', view.locale) })}
    </p>
    ${risk === null ? nothing : html`<p class="warning" part="warning" role="status">${riskText(view, risk)}</p>`}
    ${names.map((name) => notes(view, `auth_config.${name}`))}
    <div class="buttons">
      <button
        type="button"
        part="button"
        ?disabled=${view.isDisabled}
        @click=${() => replaceSecret(view, names)}
      >
        ${t('secret.replace')}
      </button>
      <button
        type="button"
        part="button"
        ?disabled=${view.isDisabled}
        @click=${() => view.change({ auth_type: 'none', keepsSecret: false })}
      >
        ${t('secret.remove')}
      </button>
    </div>
  </div>`;
}

function riskText({ t }: FormView, risk: NonNullable<ReturnType<typeof secretRisk>>): string {
  if (risk.kind === 'ssl_verify') return t('secret.risk.ssl_verify');
  const { before, after } = risk;
  return risk.kind === 'url'
    ? t('secret.risk.url', { before, after })
    : t('secret.risk.setting', { name: t(`auth.${risk.name}` as TextKey), before, after });
}

function replaceSecret(view: FormView, names: readonly string[]): void {
  const emptied = Object.fromEntries(names.map((name) => [name, '']));
  view.change({ keepsSecret: false, auth_config: { ...view.state.auth_config, ...emptied } });
}

function newSecret(view: FormView, names: readonly string[]): TemplateResult {
  const { state, stored, t } = view;
  const mayKeep = stored?.isSet && stored.authType === state.auth_type;
  return html`${names.map((name) =>
    textField(view, {
      path: `auth_config.${name}`,
      label: t(`auth.${name}` as TextKey),
      value: state.auth_config[name] ?? '',
      type: schemaOfField(`auth_config.${name}`).writeOnly ? 'password' : 'text',
      autocomplete: schemaOfField(`auth_config.${name}`).writeOnly ? 'new-password' : 'off',
      hint: schemaOfField(`auth_config.${name}`).writeOnly ? t('secret.new') : '',
      onInput: (value) => view.change({ auth_config: { ...state.auth_config, [name]: value } }),
    }),
  )}
  ${
    mayKeep
      ? html`<button
          type="button"
          part="button"
          ?disabled=${view.isDisabled}
          @click=${() => view.change({ keepsSecret: true })}
        >
          ${t('secret.keep')}
        </button>`
      : nothing
  }`;
}

function signingFields(view: FormView): TemplateResult {
  const { state, stored, t } = view;
  const isKept = state.signing_enabled && stored?.isSigned === true;
  return html`${switchField(view, {
      path: 'signing_enabled',
      label: t('label.signing_enabled'),
      isOn: state.signing_enabled,
      onChange: (signing_enabled) => view.change({ signing_enabled }),
    })}
    ${!state.signing_enabled && stored?.isSigned ? html`<p class="warning" part="warning" role="status">${t('signing.removed')}</p>` : nothing}
    <div class="signing-secret" ?hidden=${!state.signing_enabled}>
      ${
        isKept
          ? html`<p class="hint" data-field="signing_secret">${t('signing.kept')}</p>`
          : textField(view, {
              path: 'signing_secret',
              label: t('label.signing_secret'),
              value: state.signing_secret,
              type: 'password',
              autocomplete: 'new-password',
              hint: t('signing.generated'),
              onInput: (signing_secret) => view.change({ signing_secret }),
            })
      }
    </div>`;
}
