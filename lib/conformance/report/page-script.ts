// What the page does: filters rows, moves between cells by arrow keys, and opens a cell, which is a link like any other. It stands behind the
// functions of panel.ts.

export const PAGE_SCRIPT: string = String.raw`
'use strict';
const meta = JSON.parse(document.getElementById('meta').textContent);
const main = document.querySelector('main');
const panel = document.getElementById('panel');
const form = document.getElementById('filters');
const cells = new Map(Array.from(main.querySelectorAll('td a'), (cell) => [cell.getAttribute('href'), cell]));
const lines = new Map();
let current = null;

// The results of an agent are lines of JSON, cut apart when the first is wanted and read one by one.
function resultOf(cell) {
  const [agent, line] = cell.dataset.at.split(' ').map(Number);
  if (!lines.has(agent)) lines.set(agent, document.getElementById('results-' + agent).textContent.trim().split('\n'));
  return JSON.parse(lines.get(agent)[line]);
}

function open(cell) {
  const result = resultOf(cell);
  const about = meta.cases[cell.closest('tr').dataset.case];
  const agent = meta.names[cell.dataset.at.split(' ')[0]];
  if (current !== null) current.removeAttribute('aria-current');
  current = cell;
  cell.setAttribute('aria-current', 'true');
  panel.innerHTML = '<div class="top"><h2>' + text(about.id) + '<small>' + text(agent) + ', ' + result.ms.toLocaleString('en') + ' ms</small></h2>' +
    '<span class="badge ' + text(result.verdict) + '">' + cell.textContent + ' ' + text(result.verdict) + '</span>' +
    '<button type="button" data-go="-1" aria-label="The case before" title="k">↑</button>' +
    '<button type="button" data-go="1" aria-label="The next case" title="j">↓</button>' +
    '<button type="button" data-close aria-label="Close" title="Esc">✕</button></div>' + drawPanel(about, result);
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add('open');
  cell.scrollIntoView({ block: 'nearest' });
}

function close() {
  if (current !== null) current.removeAttribute('aria-current');
  current = null;
  panel.hidden = true;
  panel.textContent = '';
  document.body.classList.remove('open');
}

function follow() {
  const cell = cells.get(location.hash);
  if (cell === undefined) return close();
  if (cell.closest('tr').hidden) form.reset(), filter();
  open(cell);
}

function leave() {
  const cell = current;
  history.replaceState(null, '', location.pathname + location.search);
  close();
  if (cell !== null) cell.focus();
}

// The nearest cell in that direction whose row is shown and that is not empty.
function neighbour(cell, across, down) {
  const column = cell.parentElement.cellIndex;
  let row = cell.closest('tr');
  if (across !== 0) {
    for (let i = column + across; i > 0 && i < row.cells.length; i += across) {
      if (row.cells[i].firstElementChild !== null) return row.cells[i].firstElementChild;
    }
    return null;
  }
  const at = rows.findIndex((each) => each.row === row);
  for (let i = at + down; i >= 0 && i < rows.length; i += down) {
    row = rows[i].row;
    if (!row.hidden && row.cells[column].firstElementChild !== null) return row.cells[column].firstElementChild;
  }
  return null;
}

function go(down) {
  const next = current === null ? null : neighbour(current, 0, down);
  if (next === null) return;
  history.replaceState(null, '', next.getAttribute('href'));
  follow();
}

const rows = Array.from(main.querySelectorAll('tr[data-case]'), (row) => {
  const about = meta.cases[row.dataset.case];
  const verdicts = new Set(Array.from(row.querySelectorAll('td a'), (cell) => cell.className));
  const words = [about.id, about.section, about.does, about.expects, ...about.aliases, ...about.incidents, ...about.requirements.map(([id]) => id)];
  return { row, verdicts, words: words.join(' ').toLowerCase() };
});

function filter() {
  const wanted = document.getElementById('find').value.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const allowed = Array.from(document.querySelectorAll('[name=verdict]:checked'), (box) => box.value);
  const differ = document.getElementById('differ');
  let shown = 0;
  for (const { row, verdicts, words } of rows) {
    const fits = wanted.every((word) => words.includes(word)) && allowed.some((verdict) => verdicts.has(verdict)) &&
      !(differ !== null && differ.checked && verdicts.size < 2);
    row.hidden = !fits;
    if (fits) shown++;
  }
  for (const group of main.querySelectorAll('tbody')) group.hidden = group.querySelector('tr[data-case]:not([hidden])') === null;
  document.getElementById('none').hidden = shown > 0;
  document.getElementById('shown').textContent = shown === rows.length ? shown + ' cases' : shown + ' of ' + rows.length + ' cases';
}

async function copy(button) {
  const code = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'copied';
  } catch {
    getSelection().selectAllChildren(code); // for the keyboard
    button.textContent = 'selected';
  }
}

form.addEventListener('input', filter);
form.addEventListener('submit', (event) => event.preventDefault());
panel.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button === null) return;
  if ('close' in button.dataset) leave();
  else if ('go' in button.dataset) go(Number(button.dataset.go));
  else if ('copy' in button.dataset) copy(button);
});
addEventListener('hashchange', () => { follow(); if (current !== null) panel.focus({ preventScroll: true }); });
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && current !== null) return leave();
  if (event.target.closest('input:not([type=checkbox])') !== null) return;
  if (event.key === 'j' || event.key === 'k') return go(event.key === 'j' ? 1 : -1);
  if (event.key === '/') return event.preventDefault(), document.getElementById('find').focus();
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const cell = event.target.closest('td a');
  if (cell === null || moves[event.key] === undefined) return;
  event.preventDefault();
  const next = neighbour(cell, ...moves[event.key]);
  if (next !== null) next.focus();
});
// The head of the table sticks below the filters, however many lines they take.
new ResizeObserver(() => main.style.setProperty('--bar', form.offsetHeight + 'px')).observe(form);
filter();
follow();
`;
