/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The row of controls: what may be chosen there, and what is.
 */

class Controls {
	constructor(profile) {
		const { about } = profile;

		this.profile = profile;
		this.fill('colours', about.diff ?
			[['change', 'by change'], ['dso', 'by file']] :
			[['dso', 'by file'],
			 ['origin', 'by where frames came from']]);
		this.fill('weight', about.diff ?
			[['after', 'after'], ['before', 'before']] :
			[['samples', 'samples'],
			 ['period', periodName(about)]]);
		put(byId('weight-name'), about.diff ? 'Widths' : 'Count');
		byId('focus').closest('label').hidden = Boolean(about.diff);
	}

	option(value, name) {
		const made = element('option', '', name);

		made.value = value;
		return made;
	}

	fill(id, options) {
		byId(id).replaceChildren(...options.map(
			([value, name]) => this.option(value, name)));
	}

	/* What there is to focus on, with its weight. */
	focusItems(weight) {
		const { rows, threads } = this.profile;
		const byThread = new Float64Array(threads.length);
		const byPid = new Map();
		const byCpu = new Map();
		const add = (map, key, part) =>
			map.set(key, (map.get(key) || 0) + part);

		for (let i = 0; i < rows.nr; i++) {
			const part = rows[weight][i];

			byThread[rows.thread[i]] += part;
			add(byPid, threads[rows.thread[i]].pid, part);
			if (rows.cpu[i])
				add(byCpu, rows.cpu[i] - 1, part);
		}
		const nameOfPid = new Map();

		for (const thread of threads)
			if (!nameOfPid.has(thread.pid) ||
			    thread.pid === thread.tid)
				nameOfPid.set(thread.pid, thread.comm);
		const most = (a, b) => b.sum - a.sum;

		return [
			['Processes', [...byPid].map(([pid, sum]) => ({
				value: `p${pid}`, sum,
				name: `${nameOfPid.get(pid)} ${pid}` })).sort(most)],
			['Threads', threads.map((t, i) => ({
				value: `t${i}`, sum: byThread[i],
				name: `${t.comm} ${t.pid}/${t.tid}` })).sort(most)],
			['CPUs', [...byCpu].map(([cpu, sum]) => ({
				value: `c${cpu}`, sum, name: `CPU ${cpu}` }))
				.sort((a, b) => a.value.slice(1) -
						b.value.slice(1))],
		];
	}

	fillFocus(weight) {
		const { totals } = this.profile.about;
		const all = totals[weight];
		const select = byId('focus');

		select.replaceChildren(this.option('', 'everything'));
		for (const [label, items] of this.focusItems(weight)) {
			const group = element('optgroup');

			group.label = label;
			for (const { value, name, sum } of items)
				group.append(this.option(value,
					`${shown(name, 60)} \u2013 ` +
					percent(sum, all)));
			if (items.length)
				select.append(group);
		}
	}

	show(state, canGoBack) {
		const search = byId('search');
		const isIcicle = state.direction === 'icicle';

		if (search.value !== state.search)
			search.value = state.search;
		if (!this.profile.diff && this.filledFor !== state.weight) {
			this.filledFor = state.weight;
			this.fillFocus(state.weight);
		}
		byId('focus').value = state.focus;
		byId('colours').value = state.colours;
		byId('weight').value = state.weight;
		byId('direction').setAttribute('aria-pressed', String(isIcicle));
		byId('back').disabled = !canGoBack;
		byId('whole').disabled = state.view === 'calls' &&
					 state.zoom === 0;
	}
}

function showLegend(items) {
	byId('legend').replaceChildren(...items.map(([words, fill]) => {
		const item = element('li');
		const patch = element('canvas');

		patch.width = 12;
		patch.height = 12;
		patch.setAttribute('aria-hidden', 'true');
		const context = patch.getContext('2d');

		context.fillStyle = fill;
		context.fillRect(0, 0, 12, 12);
		item.append(patch, element('span', 'name', words));
		return item;
	}));
}
