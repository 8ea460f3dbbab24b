/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions beside the graph, whatever of it is shown there.
 */

const ROWS_AT_ONCE = 200;

class FunctionTable {
	/* @open: what a function's name does. */
	constructor(profile, names, open) {
		const isDiff = Boolean(profile.about.diff);

		this.profile = profile;
		this.names = names;
		this.open = open;
		/* A comparison lists its functions as they come: by change. */
		this.sort = { key: isDiff ? 'order' : 'self', down: !isDiff };
		this.rowsShown = ROWS_AT_ONCE;
		byId('panes').classList.toggle('diff', isDiff);
		byId('table').tHead.addEventListener('click',
			(event) => this.sortBy(event));
		byId('more').addEventListener('click', () => {
			this.rowsShown += ROWS_AT_ONCE;
			this.show();
		});
	}

	/* @unit: what is counted, in words. */
	count(model, unit) {
		const { profile } = this;

		this.all = model.all;
		this.unit = unit;
		this.changes = profile.diff ?
			new FunctionChanges(profile, model) : null;
		this.counts = countFunctions(model, profile.names.length,
					     model.self, model.total);
	}

	/* Of these functions alone: by their numbers, or null for all. */
	match(matches) {
		this.matches = matches;
		this.rowsShown = ROWS_AT_ONCE;
	}

	isThere(func) {
		const { changes, counts } = this;

		if (!changes)
			return counts.total[func] > 0;
		return changes.samples.before.total[func] > 0 ||
		       changes.samples.after.total[func] > 0;
	}

	changeOf(func, which) {
		return this.changes ? this.changes.of(func, which).by : 0;
	}

	compare(a, b) {
		const { counts, profile, sort } = this;
		const text = (x, y) => (x < y ? -1 : x > y ? 1 : 0);
		const byName = text(profile.names[a], profile.names[b]);
		const bySelf = counts.self[a] - counts.self[b];
		const byTotal = counts.total[a] - counts.total[b];
		const byChange = (which) => this.changeOf(a, which) -
					    this.changeOf(b, which);
		const orders = {
			order: () => a - b,
			name: () => byName,
			dso: () => text(this.names.dso(a), this.names.dso(b)),
			self: () => bySelf || byTotal,
			total: () => byTotal || bySelf,
			'self-change': () => byChange('self'),
			'total-change': () => byChange('total'),
		};
		const order = orders[sort.key]();

		return (sort.down ? -order : order) || byName || a - b;
	}

	show() {
		const list = [];

		for (let func = 0; func < this.profile.names.length; func++)
			if (this.isThere(func) &&
			    (!this.matches || this.matches[func]))
				list.push(func);
		list.sort((a, b) => this.compare(a, b));
		const rows = list.slice(0, this.rowsShown);

		byId('table').tBodies[0].replaceChildren(
			...rows.map((func) => this.row(func)));
		put(byId('functions-note'), `${rows.length < list.length ?
			`${count(rows.length)} of ` : ''}` +
			`${count(list.length)} functions${this.matches ?
				' that match' : ''}, by ${this.unit}`);
		byId('more').hidden = rows.length === list.length;
		for (const head of byId('table').tHead.rows[0].cells) {
			if (head.dataset.key === this.sort.key)
				head.setAttribute('aria-sort', this.sort.down ?
					'descending' : 'ascending');
			else
				head.removeAttribute('aria-sort');
		}
	}

	row(func) {
		const row = element('tr');
		const name = element('td');

		name.append(button(this.names.of(func), () => this.open(func),
				   'name'));
		name.title = this.names.of(func);
		row.dataset.func = func;
		row.append(name, ...this.cells(func, 'self'),
			   ...this.cells(func, 'total'),
			   element('td', 'file name',
				   shown(fileName(this.names.dso(func)), 80)));
		return row;
	}

	/* @which: self or total. */
	cells(func, which) {
		const { counts, changes } = this;
		const cell = element('td', `number ${which}`);

		if (!changes) {
			put(cell, percent(counts[which][func], this.all));
			cell.title = count(counts[which][func]);
			return [cell];
		}
		const change = changes.of(func, which);
		const by = element('td', `number diff-only ${which}-change ` +
			VERDICTS[change.verdict], `${change.text()} `);

		put(cell, valueText(change.diff, change.after));
		by.append(element('span', 'verdict', VERDICTS[change.verdict]));
		cell.title = change.sides();
		by.title = change.sides();
		return [cell, by];
	}

	sortBy(event) {
		const head = event.target.closest('th');
		const { sort } = this;

		if (!head)
			return;
		const { key } = head.dataset;

		/* Texts begin at A, numbers at the largest. */
		sort.down = sort.key === key ? !sort.down :
			key !== 'name' && key !== 'dso';
		sort.key = key;
		this.show();
	}
}
