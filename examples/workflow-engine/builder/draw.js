/** Headings of the lists of further steps that a step may contain. */
const BRANCHES = { on_success: 'After a success', on_error: 'After an error', steps: 'Repeated' };
const KINDS = { set: 'Set a field', wait: 'Wait', webhook: 'Webhook', loop: 'Loop' };
/** A sign and a word for each state, so that colour is never the only difference. */
const STATES = {
  waiting: '',
  active: '◌ running',
  done: '✓ done',
  failed: '✕ failed',
  skipped: '– skipped',
};

/**
 * Draws steps as boxes with lines.
 * @param {{ id: string; type: string }[]} steps
 * @param {(step: object) => void} onChoose
 * @returns {{ element: HTMLElement; boxes: Map<string, HTMLButtonElement> }} boxes by the id of their step
 */
export function drawSteps(steps, onChoose) {
  const boxes = new Map();
  return { element: listOf(steps, { onChoose, boxes }), boxes };
}

/**
 * Shows the state of each step in a run.
 * @param {Map<string, HTMLButtonElement>} boxes
 * @param {Record<string, keyof typeof STATES>} states by id of the step
 */
export function showStates(boxes, states) {
  for (const [id, box] of boxes) {
    const state = states[id] ?? 'waiting';
    box.dataset.state = state;
    box.querySelector('.step-state').textContent = STATES[state];
  }
}

function listOf(steps, drawing) {
  const list = element('ol', 'steps');
  for (const step of steps) {
    const item = element('li');
    item.append(boxOf(step, drawing));
    const branches = Object.entries(BRANCHES).filter(([name]) => step[name]?.length);
    if (branches.length > 0) item.append(branchesOf(step, branches, drawing));
    list.append(item);
  }
  return list;
}

function boxOf(step, { onChoose, boxes }) {
  const box = element('button', 'step');
  box.type = 'button';
  box.setAttribute('aria-pressed', 'false');
  box.append(
    element('span', 'step-kind', KINDS[step.type] ?? step.type),
    element('span', 'step-name', step.id),
    element('span', 'step-state'),
  );
  box.addEventListener('click', () => onChoose(step));
  boxes.set(step.id, box);
  return box;
}

function branchesOf(step, branches, drawing) {
  const all = element('div', 'branches');
  for (const [name, title] of branches) {
    const branch = element('div');
    branch.append(element('h3', '', title), listOf(step[name], drawing));
    all.append(branch);
  }
  return all;
}

/** Creates an element with text, so that no content of a workflow is read as markup. */
export function element(name, className = '', text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
