/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on the screen, and what buttons and keys do to it. Everything that
 * can be gone back to is one small object, which stands in the address behind
 * "#", so that the browser's own Back works and a view can be linked to.
 *
 * Texts out of the profile reach the page as text nodes only: element() and
 * put() are the only places that make them.
 */

const START = { view: 'calls', func: -1, zoom: 0, search: '', focus: '',
		colours: 'dso', weight: 'samples', direction: 'flame' };
const ROWS_AT_ONCE = 200;
const CHILDREN_SHOWN = 50;
const TEXT_SHOWN = 400;
const LEGEND_SHOWN = 10;

const byId = (id) => document.getElementById(id);

/* Control characters become pictures of themselves, and characters that turn
 * the direction of writing, U+FFFD: a name may not move its neighbours. */
function shown(text, most = TEXT_SHOWN) {
	const cut = text.length > most ? text.slice(0, most) + '\u2026' : text;

	return cut.replace(/[\u0000-\u001f]/g,
			   (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
		.replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
			 '\ufffd');
}

function put(target, text) {
	target.textContent = text;
	return target;
}

function element(tag, className, text) {
	const made = document.createElement(tag);

	if (className)
		made.className = className;
	if (text !== undefined)
		put(made, text);
	return made;
}

function button(text, act, className) {
	const made = element('button', className, text);

	made.type = 'button';
	made.addEventListener('click', act);
	return made;
}

function count(number) {
	return Math.round(number).toLocaleString('en');
}

function percent(part, whole) {
	return whole ? `${(100 * part / whole).toFixed(2)}%` : '0.00%';
}

function fileName(dso) {
	return dso.startsWith('//') ? dso :
		dso.slice(dso.lastIndexOf('/') + 1) || dso;
}

/* ---- the state, and the address it stands in ---- */

function readState(profile) {
	const wanted = new URLSearchParams(location.hash.slice(1));
	const state = Object.assign({}, START);

	for (const key of Object.keys(START)) {
		const value = wanted.get(key);

		if (value === null)
			continue;
		state[key] = typeof START[key] === 'number' ?
			Math.trunc(Number(value)) || 0 : value;
	}
	if (!(state.func >= 0 && state.func < profile.names.length) ||
	    (state.view !== 'callers' && state.view !== 'callees')) {
		state.view = 'calls';
		state.func = -1;
	}
	if (state.weight !== 'period' || profile.about.before)
		state.weight = 'samples';
	if (!/^([ptc]\d+)?$/.test(state.focus))
		state.focus = '';
	if (state.colours !== 'origin' &&
	    !(state.colours === 'change' && profile.about.before))
		state.colours = 'dso';
	return state;
}

function writeState(state) {
	const params = new URLSearchParams();

	for (const key of Object.keys(START))
		if (state[key] !== START[key])
			params.set(key, state[key]);
	return `#${params}`;
}

/* ---- facts about the recording ---- */

function steals(about) {
	return about.steal.map((s) => `${s.percent.toFixed(0)}% between ` +
		`${(s.begin_ns / 1e9).toFixed(0)} s and ` +
		`${(s.end_ns / 1e9).toFixed(0)} s`).join(', ');
}

function shares(object) {
	const all = Object.values(object).reduce((a, b) => a + b, 0);

	return Object.entries(object)
		.map(([name, part]) => `${percent(part, all)} ${name}`)
		.join(', ');
}

function originShares(totals) {
	const named = {};

	totals.origins.forEach((part, i) => {
		if (part && i < ORIGINS.length)
			named[ORIGINS[i].name] = part;
	});
	return shares(named);
}

function verdicts(totals) {
	const parts = {};

	for (const verdict of ['complete', 'truncated', 'broken', 'unknown'])
		if (totals[verdict])
			parts[verdict] = totals[verdict];
	return shares(parts);
}

function factsOf(about) {
	const { totals } = about;
	const command = (about.command || []).map((w) => w.word).join(' ');
	const host = [about.hostname, about.kernel, about.arch,
		      about.cpus && `${about.cpus} CPUs`, about.cpu];

	return [
		['Command', command],
		['Host', host.filter(Boolean).join(', ')],
		['Event', about.event +
			(about.rate ? `, ${about.rate} samples a second` : '') +
			(about.every ? `, a sample every ${about.every}` : '')],
		['Stacks from', about.stack_source],
		['Why these stacks', about.ladder],
		['Samples', `${count(totals.samples)} in ` +
			`${(totals.span_ns / 1e9).toFixed(2)} s` +
			(totals.filtered ? `; ${count(totals.filtered)} ` +
					   'others filtered out' : '')],
		['Lost', `${count(totals.lost)} samples`],
		['Whole stacks', `${verdicts(totals)}; ` +
			`${count(totals.stacks)} distinct`],
		['Integrity of branch records', shares(totals.integrity)],
		['Frames', originShares(totals)],
		['Overhead', about.overhead],
		['Steal', steals(about)],
		['Compared with', about.before &&
			`${count(about.before.samples)} samples, ` +
			`${count(about.before.lost)} lost`],
		['End', about.finished === false ?
			'the recorder did not end the file properly' : ''],
	].filter(([, value]) => value);
}

function showFacts(about) {
	const { totals } = about;
	const list = byId('facts');
	const title = about.title || about.event || 'lbrprof';

	put(byId('title'), shown(title)).classList.add('name');
	document.title = `${shown(title, 80)} \u2013 lbrprof`;
	put(byId('summary'), `${count(totals.samples)} samples, stacks: ` +
		`${about.stack_source || 'not known'}; ${verdicts(totals)}; ` +
		`${count(totals.lost)} lost` +
		(about.steal.length ? `; stolen: ${steals(about)}` : ''));
	for (const [name, value] of factsOf(about)) {
		list.append(element('dt', '', name));
		list.append(element('dd', 'name', value.split('\n')
			.map((line) => shown(line, 4000)).join('\n')));
	}
}

/* ---- the page ---- */

class Page {
	constructor(profile) {
		this.profile = profile;
		this.state = readState(profile);
		this.painter = new Painter(byId('graph'));
		this.dark = window.matchMedia('(prefers-color-scheme: dark)');
		this.selected = 0;
		this.hovered = null;
		this.sort = { key: 'self', down: true };
		this.rowsShown = ROWS_AT_ONCE;
		this.depth = history.state ? history.state.depth : 0;
		this.texts = [];
		this.rankDsos();
		this.fillFocus();
		this.listen();
		this.refresh({});
	}

	/* -- names -- */

	nameOf(func) {
		if (func < 0)
			return 'all';
		if (this.texts[func] === undefined)
			this.texts[func] = shown(this.profile.names[func]);
		return this.texts[func];
	}

	dsoOf(func) {
		return func < 0 ? '' :
			this.profile.dsos[this.profile.dsoOf[func]];
	}

	/* -- colours -- */

	/* Neighbours in rank, which meet in the picture, are far apart on the
	 * colour wheel: steps of the golden angle. */
	rankDsos() {
		const { profile } = this;
		const { rows, tree } = profile;
		const sums = new Float64Array(profile.dsos.length);

		for (let i = 0; i < rows.nr; i++)
			if (rows.node[i])
				sums[profile.dsoOf[tree.func[rows.node[i]]]] +=
					rows.samples[i];
		this.dsoOrder = Array.from(sums.keys())
			.sort((a, b) => sums[b] - sums[a]);
		this.dsoRank = new Uint32Array(sums.length);
		this.dsoOrder.forEach((dso, rank) => {
			this.dsoRank[dso] = rank;
		});
	}

	dsoColour(dso) {
		const hue = 30 + this.dsoRank[dso] * 137.508;

		return colour(Math.round(hue % 360), 65, this.dark.matches);
	}

	colourOf(node) {
		const { bits, func } = this.model;

		if (func[node] < 0)
			return colour(0, 0, this.dark.matches);
		if (this.state.colours === 'change')
			return changeColour(this.model, node, this.dark.matches);
		if (this.state.colours === 'origin') {
			const origin = ORIGINS[originOf(bits[node])];

			return colour(origin.hue, origin.sat, this.dark.matches);
		}
		return this.dsoColour(this.profile.dsoOf[func[node]]);
	}

	legendItems() {
		const { profile, dark } = this;

		if (this.state.colours === 'change')
			return [['more than before', 'hsl(5 80% 60%)'],
				['less', 'hsl(215 80% 60%)'],
				['no more than chance (3 standard errors)',
				 colour(0, 0, dark.matches)]];
		if (this.state.colours === 'origin') {
			const seen = new Set();

			for (let i = 1; i < this.model.nr; i++)
				seen.add(originOf(this.model.bits[i]));
			return ORIGINS.filter((_, i) => seen.has(i))
				.map((o) => [o.name,
					     colour(o.hue, o.sat, dark.matches)]);
		}
		const items = this.dsoOrder.slice(0, LEGEND_SHOWN).map((dso) =>
			[shown(fileName(profile.dsos[dso]), 60),
			 this.dsoColour(dso)]);

		if (this.dsoOrder.length > LEGEND_SHOWN)
			items.push([`and ${this.dsoOrder.length - LEGEND_SHOWN}` +
				    ' others', 'transparent']);
		return items;
	}

	showLegend() {
		byId('legend').replaceChildren(...this.legendItems().map(
			([name, fill]) => {
				const item = element('li');
				const patch = element('canvas');

				patch.width = 12;
				patch.height = 12;
				patch.setAttribute('aria-hidden', 'true');
				const context = patch.getContext('2d');

				context.fillStyle = fill;
				context.fillRect(0, 0, 12, 12);
				item.append(patch, element('span', 'name', name));
				return item;
			}));
	}

	/* -- controls -- */

	focusItems() {
		const { rows, threads } = this.profile;
		const byThread = new Float64Array(threads.length);
		const byPid = new Map();
		const byCpu = new Map();
		const add = (map, key, amount) =>
			map.set(key, (map.get(key) || 0) + amount);

		for (let i = 0; i < rows.nr; i++) {
			byThread[rows.thread[i]] += rows.samples[i];
			add(byPid, threads[rows.thread[i]].pid, rows.samples[i]);
			if (rows.cpu[i])
				add(byCpu, rows.cpu[i] - 1, rows.samples[i]);
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
				name: `${t.comm} ${t.pid}/${t.tid}` +
					(t.side ? ' (before)' : '') })).sort(most)],
			['CPUs', [...byCpu].map(([cpu, sum]) => ({
				value: `c${cpu}`, sum, name: `CPU ${cpu}` }))
				.sort((a, b) => a.value.slice(1) -
						b.value.slice(1))],
		];
	}

	fillFocus() {
		const { totals, before } = this.profile.about;
		const all = totals.samples + (before ? before.samples : 0);
		const select = byId('focus');
		const option = (value, name) => {
			const made = element('option', '', name);

			made.value = value;
			return made;
		};

		select.append(option('', 'everything'));
		for (const [label, items] of this.focusItems()) {
			const group = element('optgroup');

			group.label = label;
			for (const { value, name, sum } of items)
				group.append(option(value,
					`${shown(name, 60)} \u2013 ` +
					percent(sum, all)));
			if (items.length)
				select.append(group);
		}
		if (!before)
			byId('colours').querySelector('[value="change"]')
				.remove();
		byId('table').classList.toggle('no-change', !before);
	}

	showControls() {
		const { state } = this;
		const search = byId('search');
		const isIcicle = state.direction === 'icicle';

		if (search.value !== state.search)
			search.value = state.search;
		byId('focus').value = state.focus;
		byId('colours').value = state.colours;
		byId('weight').value = state.weight;
		byId('weight').disabled = Boolean(this.profile.about.before);
		byId('direction').setAttribute('aria-pressed', String(isIcicle));
		byId('back').disabled = this.depth === 0;
		byId('whole').disabled = state.view === 'calls' &&
					 state.zoom === 0;
	}

	/* -- going from state to state -- */

	/* @isPassing: not worth a step of Back, like letters being typed. */
	go(change, isPassing) {
		const next = Object.assign({}, this.state, change);
		const address = writeState(next);

		if (address === writeState(this.state))
			return;
		if (!isPassing)
			this.depth++;
		history[isPassing ? 'replaceState' : 'pushState'](
			{ depth: this.depth }, '',
			address);
		this.moveTo(next);
	}

	moveTo(next) {
		const before = this.state;

		this.state = next;
		this.refresh(before);
	}

	refresh(before) {
		const { state, profile } = this;
		const has = (...keys) =>
			keys.some((key) => state[key] !== before[key]);

		if (has('focus', 'weight')) {
			this.calls = callTree(profile, state.focus,
					      state.weight);
			this.countTable();
		}
		if (has('focus', 'weight', 'view', 'func')) {
			this.model = state.view === 'callers' ?
				callersTree(this.calls, state.func) :
				state.view === 'callees' ?
				calleesTree(this.calls, state.func) :
				this.calls;
			this.showTitle();
		}
		if (!(state.zoom >= 0 && state.zoom < this.model.nr))
			state.zoom = 0;
		if (has('focus', 'weight', 'view', 'func', 'zoom'))
			this.selected = state.zoom;
		if (has('search')) {
			this.match();
			this.rowsShown = ROWS_AT_ONCE;
		}
		if (has('search', 'focus', 'weight'))
			this.showTable();
		if (has('colours', 'focus', 'view', 'func'))
			this.showLegend();
		this.showMatched();
		this.showControls();
		this.lay(has('view', 'func', 'direction', 'zoom'));
		this.showSelected(false);
	}

	showTitle() {
		const { view, func } = this.state;
		const words = { calls: 'Calls', callers: 'Merged callers of ',
				callees: 'Merged callees of ' };

		put(byId('graph-title'), words[view] +
			(func < 0 ? '' : this.nameOf(func)));
	}

	/* -- search -- */

	match() {
		const test = nameTest(this.state.search);

		this.matches = test && Uint8Array.from(this.profile.names, test);
	}

	showMatched() {
		const { state, model } = this;
		const isWrong = state.search && !this.matches;

		byId('search').setAttribute('aria-invalid', String(isWrong));
		if (isWrong)
			put(byId('matched'), 'no regular expression');
		else if (!this.matches)
			put(byId('matched'), '');
		else
			put(byId('matched'), 'matched: ' +
				percent(matchedWeight(model, state.zoom,
						      this.matches),
					model.total[state.zoom]));
	}

	/* -- the graph -- */

	look() {
		const { model, state } = this;
		const above = new Set();

		for (let node = model.parent[state.zoom]; node >= 0;
		     node = model.parent[node])
			above.add(node);
		return {
			isDark: this.dark.matches,
			isFlame: state.direction !== 'icicle',
			rowsHigh: this.rowsHigh,
			offset: this.offset,
			selected: this.selected,
			colourOf: (node) => this.colourOf(node),
			textOf: (node) => this.nameOf(model.func[node]),
			isAbove: (node) => above.has(node),
			isMatch: (node) => Boolean(this.matches &&
				model.func[node] >= 0 &&
				this.matches[model.func[node]]),
		};
	}

	/* @isNew: show the root's end of the picture. */
	lay(isNew) {
		const scroll = byId('scroll');
		const width = scroll.clientWidth;
		const height = scroll.clientHeight;

		if (!width)
			return;
		this.layout = makeLayout(this.model, this.state.zoom, width);
		this.rowsHigh = Math.max(this.layout.rows.length,
					 Math.floor(height / ROW));
		/* A flame stands on the ground. */
		this.offset = this.state.direction === 'icicle' ? 0 :
			Math.max(0, height - this.rowsHigh * ROW);
		/* The canvas stands above it and is as high as the place. */
		byId('spacer').style.height =
			`${Math.max(0, this.rowsHigh * ROW - height)}px`;
		this.painter.fit(width, height);
		if (isNew)
			scroll.scrollTop = this.state.direction === 'icicle' ?
				0 : this.rowsHigh * ROW;
		this.paint();
	}

	paint() {
		this.painter.paint(this.layout, byId('scroll').scrollTop,
				   this.look());
	}

	paintSoon() {
		if (this.isWaiting)
			return;
		this.isWaiting = true;
		requestAnimationFrame(() => {
			this.isWaiting = false;
			this.paint();
		});
	}

	frameUnder(event) {
		const scroll = byId('scroll');
		const box = byId('graph').getBoundingClientRect();
		const row = rowAt(event.clientY - box.top + scroll.scrollTop,
				  this.look());

		return frameAt(this.layout, row, event.clientX - box.left);
	}

	/* -- one frame in words -- */

	describe(node) {
		const { model, state } = this;
		const unit = state.weight === 'period' ? 'periods' : 'samples';
		const parts = [
			`${count(model.total[node])} ${unit}`,
			`${percent(model.total[node], model.all)} of all`,
		];

		if (state.zoom)
			parts.push(percent(model.total[node],
					   model.total[state.zoom]) +
				   ' of what is shown');
		if (state.view !== 'callers')
			parts.push(`self ${percent(model.self[node],
						   model.all)}`);
		if (model.before)
			parts.push(`${percent(model.before[node],
					      model.allBefore)} before`);
		if (node && model.func[node] >= 0) {
			parts.push(ORIGINS[originOf(model.bits[node])].name);
			if (!(model.bits[node] & 0x80))
				parts.push('inlined');
		}
		return parts.join(', ');
	}

	showStatus() {
		const node = this.hovered === null ? this.selected :
						     this.hovered;
		const func = this.model.func[node];

		byId('status').replaceChildren(
			element('span', 'name', this.nameOf(func)),
			document.createTextNode(' '),
			element('span', 'name', func < 0 ? '' :
				`(${shown(fileName(this.dsoOf(func)), 80)})`),
			document.createTextNode(`: ${this.describe(node)}`));
	}

	frameButton(node) {
		const item = element('li');
		const go = button(this.nameOf(this.model.func[node]),
				  () => this.go({ zoom: node }), 'name');

		item.append(go, document.createTextNode(' ' +
			percent(this.model.total[node], this.model.all)));
		return item;
	}

	/* @isMoved: by key, so say where to. */
	showSelected(isMoved) {
		const { model, selected } = this;
		const func = model.func[selected];
		const path = [];

		for (let node = model.parent[selected]; node >= 0;
		     node = model.parent[node])
			path.push(this.frameButton(node));
		put(byId('frame-name'), this.nameOf(func)).className = 'name';
		put(byId('frame-facts'), (func < 0 ? '' :
			`${shown(this.dsoOf(func))}: `) +
			this.describe(selected));
		for (const id of ['callers', 'callees', 'find'])
			byId(id).disabled = func < 0;
		byId('zoom').disabled = selected === this.state.zoom;
		byId('path').replaceChildren(...path);
		byId('children').replaceChildren(...this.childItems());
		this.showStatus();
		if (isMoved)
			put(byId('spoken'), `${this.nameOf(func)}, ` +
				this.describe(selected));
	}

	childrenOf(node) {
		const { model } = this;
		const list = [];

		for (let child = model.first[node]; child >= 0;
		     child = model.next[child])
			if (model.total[child])
				list.push(child);
		return list.sort((a, b) => model.total[b] - model.total[a] ||
					   a - b);
	}

	childItems() {
		const children = this.childrenOf(this.selected);
		const items = children.slice(0, CHILDREN_SHOWN)
			.map((node) => this.frameButton(node));

		if (children.length > CHILDREN_SHOWN)
			items.push(element('li', '',
				`and ${count(children.length -
					     CHILDREN_SHOWN)} more`));
		return items;
	}

	select(node, isMoved) {
		this.selected = node;
		this.hovered = null;
		this.showSelected(isMoved);
		if (isMoved)
			this.scrollTo(node);
		this.paintSoon();
	}

	scrollTo(node) {
		const scroll = byId('scroll');
		let row = 0;

		for (let above = this.model.parent[node]; above >= 0;
		     above = this.model.parent[above])
			row++;
		const top = rowTop(row, this.look());

		if (top < scroll.scrollTop)
			scroll.scrollTop = top;
		else if (top + ROW > scroll.scrollTop + scroll.clientHeight)
			scroll.scrollTop = top + ROW - scroll.clientHeight;
	}

	/* Where an arrow leads from the selected frame, or -1. */
	neighbour(key) {
		const { model, selected, state } = this;
		const isFlame = state.direction !== 'icicle';
		const parent = model.parent[selected];

		if (key === (isFlame ? 'ArrowDown' : 'ArrowUp'))
			return parent;
		if (key === (isFlame ? 'ArrowUp' : 'ArrowDown')) {
			const children = this.childrenOf(selected);

			return children.length ? children[0] : -1;
		}
		if (parent < 0)
			return -1;
		const siblings = this.childrenOf(parent);
		const at = siblings.indexOf(selected) +
			   (key === 'ArrowLeft' ? -1 : 1);

		return at >= 0 && at < siblings.length ? siblings[at] : -1;
	}

	/* -- the table -- */

	countTable() {
		const { profile, calls } = this;
		const nr = profile.names.length;

		this.counts = countFunctions(calls, nr, calls.self, calls.total);
		this.countsBefore = calls.before ?
			countFunctions(calls, nr, calls.beforeSelf,
				       calls.before) : null;
	}

	changeOf(func) {
		const { counts, countsBefore, calls } = this;

		return countsBefore ?
			counts.total[func] / (calls.all || 1) -
			countsBefore.total[func] / (calls.allBefore || 1) : 0;
	}

	compare(a, b) {
		const { counts, profile, sort } = this;
		const text = (x, y) => (x < y ? -1 : x > y ? 1 : 0);
		const byName = text(profile.names[a], profile.names[b]);
		const bySelf = counts.self[a] - counts.self[b];
		const byTotal = counts.total[a] - counts.total[b];
		const order = {
			name: byName,
			dso: text(this.dsoOf(a), this.dsoOf(b)),
			self: bySelf || byTotal,
			total: byTotal || bySelf,
			change: this.changeOf(a) - this.changeOf(b),
		}[sort.key];

		return (sort.down ? -order : order) || byName || a - b;
	}

	showTable() {
		const { counts, countsBefore, profile } = this;
		const list = [];

		for (let func = 0; func < profile.names.length; func++)
			if ((counts.total[func] ||
			     (countsBefore && countsBefore.total[func])) &&
			    (!this.matches || this.matches[func]))
				list.push(func);
		list.sort((a, b) => this.compare(a, b));
		const rows = list.slice(0, this.rowsShown);

		byId('table').tBodies[0].replaceChildren(
			...rows.map((func) => this.tableRow(func)));
		put(byId('functions-note'), rows.length < list.length ?
			`${count(rows.length)} of ${count(list.length)} shown` :
			`${count(list.length)}`);
		byId('more').hidden = rows.length === list.length;
		for (const head of byId('table').tHead.rows[0].cells) {
			if (head.dataset.key === this.sort.key)
				head.setAttribute('aria-sort', this.sort.down ?
					'descending' : 'ascending');
			else
				head.removeAttribute('aria-sort');
		}
	}

	tableRow(func) {
		const { counts, calls } = this;
		const row = element('tr');
		const name = element('td');
		const number = (value, className, title) => {
			const cell = element('td', `number ${className}`, value);

			cell.title = title;
			return cell;
		};
		const change = 100 * this.changeOf(func);

		name.append(button(this.nameOf(func),
			() => this.go({ view: 'callers', func, zoom: 0 }),
			'name'));
		row.dataset.func = func;
		row.append(name,
			number(percent(counts.self[func], calls.all), 'self',
			       count(counts.self[func])),
			number(percent(counts.total[func], calls.all), 'total',
			       count(counts.total[func])),
			number(`${change > 0 ? '+' : ''}${change.toFixed(2)}`,
			       'change', ''),
			element('td', 'file name',
				shown(fileName(this.dsoOf(func)), 80)));
		return row;
	}

	/* -- what people do -- */

	listen() {
		const change = (id, key) => byId(id).addEventListener('change',
			(event) => this.go({ [key]: event.target.value,
				zoom: key === 'focus' && this.state.view !==
					'calls' ? 0 : this.state.zoom }));
		const click = (id, act) =>
			byId(id).addEventListener('click', act);

		change('focus', 'focus');
		change('colours', 'colours');
		change('weight', 'weight');
		byId('search').addEventListener('input', (event) =>
			this.go({ search: event.target.value }, true));
		byId('controls').addEventListener('submit',
			(event) => event.preventDefault());
		click('back', () => history.back());
		click('whole', () => this.showWhole());
		click('direction', () => this.go({ direction:
			this.state.direction === 'icicle' ? 'flame' :
							    'icicle' }));
		click('zoom', () => this.go({ zoom: this.selected }));
		click('callers', () => this.merge('callers'));
		click('callees', () => this.merge('callees'));
		click('find', () => this.go({ search: this.profile.names[
			this.model.func[this.selected]] }));
		click('more', () => {
			this.rowsShown += ROWS_AT_ONCE;
			this.showTable();
		});
		byId('table').tHead.addEventListener('click',
			(event) => this.sortBy(event));
		window.addEventListener('popstate', (event) => {
			this.depth = event.state ? event.state.depth : 0;
			this.moveTo(readState(this.profile));
		});
		document.addEventListener('keydown', (event) => {
			if (event.key === '/' && !event.ctrlKey &&
			    !event.altKey && !event.metaKey &&
			    !/^(INPUT|SELECT)$/.test(event.target.tagName)) {
				event.preventDefault();
				byId('search').focus();
			}
		});
		this.dark.addEventListener('change', () => {
			this.showLegend();
			this.paint();
		});
		this.listenToGraph();
	}

	listenToGraph() {
		const graph = byId('graph');

		graph.addEventListener('keydown', (event) => this.key(event));
		graph.addEventListener('click', (event) => {
			const frame = this.frameUnder(event);

			if (!frame || frame.node === TINY)
				return;
			if (frame.node === this.state.zoom)
				this.select(frame.node, false);
			else
				this.go({ zoom: frame.node });
		});
		graph.addEventListener('mousemove', (event) => {
			const frame = this.frameUnder(event);

			this.hovered = frame && frame.node !== TINY ?
				frame.node : null;
			this.showStatus();
		});
		graph.addEventListener('mouseleave', () => {
			this.hovered = null;
			this.showStatus();
		});
		byId('scroll').addEventListener('scroll',
			() => this.paintSoon());
		new ResizeObserver(() => this.lay(false))
			.observe(byId('scroll'));
	}

	key(event) {
		if (event.ctrlKey || event.altKey || event.metaKey)
			return;
		const acts = {
			Enter: () => this.go({ zoom: this.selected }),
			Escape: () => this.showWhole(),
			c: () => this.merge('callers'),
			e: () => this.merge('callees'),
		};

		if (event.key.startsWith('Arrow')) {
			const node = this.neighbour(event.key);

			if (node >= 0)
				this.select(node, true);
		} else if (acts[event.key]) {
			acts[event.key]();
			put(byId('spoken'), byId('graph-title').textContent +
				': ' + byId('status').textContent);
		} else {
			return;
		}
		event.preventDefault();
	}

	showWhole() {
		this.go({ view: 'calls', func: -1, zoom: 0 });
	}

	merge(view) {
		const func = this.model.func[this.selected];

		if (func >= 0)
			this.go({ view, func, zoom: 0 });
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
		this.showTable();
	}
}

async function start() {
	const root = document.documentElement;

	try {
		const about = JSON.parse(byId('about').textContent);

		showFacts(about);
		const packed = byId('profile').textContent.trim();
		const profile = readProfile(about,
			await inflate(bytesOfBase64(packed)));

		byId('main').hidden = false;
		byId('message').hidden = true;
		new Page(profile);
		root.dataset.ready = String(Math.round(performance.now()));
	} catch (error) {
		put(byId('message'), `This page cannot be shown: ${error.message}`);
		byId('message').hidden = false;
		root.dataset.failed = 'yes';
	}
}

start();
