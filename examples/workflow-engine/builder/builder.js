import { drawSteps, element, showStates } from './draw.js';
import { ask } from './requests.js';
import { watchRun } from './watch.js';

/** The contact of this page. */
const CONTACT_ID = 'jane';
const CONTACT = `/contacts/${CONTACT_ID}`;
const STATUSES = {
  running: 'Running …',
  cancelling: 'Being cancelled …',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** Schema of the context that this engine sends, for the picker, completion and the samples of the form. */
const CONTEXT_SCHEMA = {
  properties: {
    contact: {
      properties: {
        id: { type: 'string' },
        email: { type: 'string', description: 'Address of the contact' },
        first_name: { type: 'string' },
        custom_fields: {
          properties: { plan: { type: 'string', examples: ['pro'] }, greeted: { type: 'boolean' } },
        },
      },
    },
    workflow: { properties: { id: { type: 'string' } } },
    execution: { properties: { id: { type: 'string', description: 'Id of the run' } } },
    account: { properties: { id: { type: 'string' } } },
  },
};

const byId = (id) => document.getElementById(id);
const form = document.querySelector('hookline-webhook-form');
const contactForm = byId('contact');

/** Keeps the chosen step and the run in the address, so that a reload shows them again. */
const address = new URL(location.href);
function remember(name, value) {
  address.searchParams.set(name, value);
  history.replaceState(null, '', address);
}

function say(problem) {
  byId('problem').hidden = problem === null;
  byId('problem').textContent = problem?.message ?? '';
}

await customElements.whenDefined('hookline-webhook-form');
const workflow = await ask('GET', '/builder/workflow');
byId('workflow-id').textContent = workflow.id;
const drawing = drawSteps(workflow.steps, choose);
byId('drawing').append(drawing.element);

form.contextSchema = CONTEXT_SCHEMA;
form.workflowId = workflow.id;
addEventListener('beforeunload', (event) => {
  if (form.isChanged) event.preventDefault();
});

/** Shows the settings of a step; the form shows those of a webhook step. */
function choose(step) {
  const isWebhook = step.type === 'webhook';
  if (isWebhook && !mayOpenForm(step)) return;
  say(null);
  remember('step', step.id);
  for (const [id, box] of drawing.boxes) box.setAttribute('aria-pressed', String(id === step.id));
  byId('h-step').textContent = step.id;
  form.hidden = !isWebhook;
  byId('facts').hidden = isWebhook;
  const facts = Object.entries(step).filter(([, value]) => typeof value !== 'object');
  byId('facts').replaceChildren(
    ...facts.flatMap(([name, value]) => [element('dt', '', name), element('dd', '', String(value))]),
  );
  if (isWebhook) openForm(step).catch(say);
}

/** Derives the name of a step's webhook, so that no id has to be stored. */
const webhookNameOf = (step) => `${workflow.id}-${step.id}`;

/** Asks for confirmation before the form discards changes of another step. */
function mayOpenForm(step) {
  if (form.dataset.step === webhookNameOf(step) || !form.isChanged) return true;
  return confirm('Discard the changes that are not saved yet?');
}

/** Loads the webhook of a step, unless the form already contains it. Input is thus kept while the form is hidden. */
async function openForm(step) {
  const name = webhookNameOf(step);
  if (form.dataset.step === name) return;
  delete form.dataset.step;
  form.actionId = name;
  await form.loadWebhook();
  // Another step may have been chosen in the meantime; the form then contains the webhook of that step.
  if (form.actionId === name) form.dataset.step = name;
}

/** Returns the fields of the contact; null if it does not exist yet. */
async function readContact() {
  try {
    return (await ask('GET', CONTACT)).fields;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Stores the entered fields, and keeps the fields that runs have set. */
async function storeContact() {
  const { email, first_name, plan } = Object.fromEntries(new FormData(contactForm));
  const fields = await readContact();
  const custom_fields = { ...fields?.custom_fields, plan };
  await ask('PUT', CONTACT, { ...fields, email, first_name, custom_fields });
  await showSample();
}

/** Shows the stored contact, except in fields that were edited in the meantime; creates it if it does not exist. */
async function openContact() {
  const fields = await readContact();
  if (fields === null) return storeContact();
  const { email, first_name, plan } = contactForm.elements;
  email.defaultValue = fields.email ?? '';
  first_name.defaultValue = fields.first_name ?? '';
  plan.defaultValue = fields.custom_fields?.plan ?? '';
  await showSample();
}

/** Sets the context that the engine would send for the contact as the sample of the preview. */
async function showSample() {
  const context = await ask('GET', `/builder/contexts/${CONTACT_ID}`);
  form.hostSample = { name: context.contact.email, context };
}

function show(view) {
  showStates(drawing.boxes, view.steps);
  byId('run-status').textContent = [STATUSES[view.status], view.error].filter(Boolean).join(': ');
  byId('executions').replaceChildren(
    ...view.executions.map(({ step_id, url }) => {
      const link = element('a', '', `Open the execution of ${step_id} in the console`);
      link.href = url;
      const item = element('li');
      item.append(link);
      return item;
    }),
  );
}

async function showContact() {
  const { fields } = await ask('GET', CONTACT);
  byId('fields').textContent = JSON.stringify(fields, null, 2);
  byId('results').hidden = false;
}

let watching = new AbortController();
async function watch(runId) {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  await watchRun(runId, show, signal);
  if (!signal.aborted) await showContact();
}

contactForm.addEventListener('change', () => void storeContact().catch(say));
contactForm.addEventListener('submit', (event) => {
  event.preventDefault();
  say(null);
  byId('run-status').textContent = '';
  byId('results').hidden = true;
  run().catch(say);
});
// Enabled after the listener was added. A press before that would send the form to the server and reload the page.
contactForm.querySelector('button').disabled = false;

async function run() {
  await storeContact();
  const { id } = await ask('POST', '/builder/runs', { contact_id: CONTACT_ID });
  remember('run', id);
  await watch(id);
}

const stepId = address.searchParams.get('step');
if (stepId !== null) drawing.boxes.get(stepId)?.click();
const runId = address.searchParams.get('run');
if (runId !== null) watch(runId).catch(say);
await openContact().catch(say);
