/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page as a whole: from one state to the next, and what must be made anew
 * on the way.
 */

const FIND_AT_MOST = 200;

/* What finds this name and does not take it for an expression. */
function searchFor(name) {
	const cut = name.slice(0, FIND_AT_MOST);

	return /^\/.+\/$/.test(cut) ?
		`/${cut.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}/` : cut;
}

class Page {
	constructor(profile) {
		const dark = window.matchMedia('(prefers-color-scheme: dark)');
		const zoomTo = (node) => this.go({ zoom: node });

		this.profile = profile;
		this.state = readState(profile);
		this.depth = history.state ? history.state.depth : 0;
		this.names = new Names(profile);
		this.palette = new Palette(profile, () => dark.matches);
		this.controls = new Controls(profile);
		this.frame = new FrameTexts(profile, this.names, zoomTo);
		this.table = new FunctionTable(profile, this.names, (func) =>
			this.go({ view: 'callers', func, zoom: 0 }));
		this.graph = new Graph({
			isDark: () => dark.matches,
			colourOf: (node) => this.palette.ofNode(
				this.model, node, this.state.colours),
			textOf: (node) => this.names.of(this.model.func[node]),
			isMatch: (node) => Boolean(this.matches &&
				this.model.func[node] >= 0 &&
				this.matches[this.model.func[node]]),
			hover: (node) => this.frame.showStatus(
				node < 0 ? this.graph.selected : node),
			select: (node, isByKey) => this.select(node, isByKey),
			zoomTo,
			key: (event) => this.key(event),
		});
		dark.addEventListener('change', () => {
			this.showLegend();
			this.graph.paint();
		});
		this.listen();
		this.refresh({});
	}

	/* -- going from state to state -- */

	/* @isPassing: not worth a step of Back, like letters being typed. */
	go(change, isPassing) {
		const next = Object.assign({}, this.state, change);
		const address = writeState(next, this.profile);

		if (address === writeState(this.state, this.profile))
			return;
		if (!isPassing)
			this.depth++;
		history[isPassing ? 'replaceState' : 'pushState'](
			{ depth: this.depth }, '', address);
		this.moveTo(next);
	}

	moveTo(next) {
		const before = this.state;

		this.state = next;
		this.refresh(before);
	}

	refresh(before) {
		const { state } = this;
		const has = (...keys) =>
			keys.some((key) => state[key] !== before[key]);
		const isCounted = has('focus', 'weight');
		const isTree = isCounted || has('view', 'func');

		if (isCounted)
			this.countCalls();
		if (isTree)
			this.makeModel();
		if (!(state.zoom >= 0 && state.zoom < this.model.nr))
			state.zoom = 0;
		if (isTree || has('zoom'))
			this.graph.selected = state.zoom;
		if (has('search'))
			this.match();
		if (has('search') || isCounted)
			this.table.show();
		if (isTree || has('colours'))
			this.showLegend();
		this.showMatched();
		this.controls.show(state, this.depth > 0);
		this.frame.set(this.model, state);
		this.graph.show(this.model, state,
				has('view', 'func', 'direction', 'zoom'));
		this.select(this.graph.selected, false);
	}

	countCalls() {
		const { profile, state } = this;
		const { about } = profile;

		this.calls = profile.diff ? diffTree(profile, state.weight) :
			callTree(profile, state.focus, state.weight);
		this.table.count(this.calls, state.weight === 'samples' ?
			'samples' : periodName(about));
		/* A file's colour is the same under each focus. */
		if (!this.palette.dsoOrder)
			this.palette.rank(this.calls);
	}

	makeModel() {
		const { calls, profile } = this;
		const { view, func } = this.state;
		const words = { calls: 'Calls', callers: 'Merged callers of ',
				callees: 'Merged callees of ' };

		this.model = view === 'callers' ? callersTree(calls, func) :
			view === 'callees' ? calleesTree(calls, func) : calls;
		/* All paths of a function together are what was tested of it. */
		if (profile.diff && func >= 0)
			this.model.verdict[0] = profile.diff.totalVerdict[func];
		put(byId('graph-title'), words[view] +
			(func < 0 ? '' : this.names.of(func)));
	}

	showLegend() {
		showLegend(this.palette.legend(this.model, this.state.colours));
	}

	/* -- search -- */

	match() {
		const test = nameTest(this.state.search);

		this.matches = test && Uint8Array.from(this.profile.names, test);
		this.table.match(this.matches);
	}

	showMatched() {
		const { state, model } = this;
		const isWrong = Boolean(state.search) && !this.matches;

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

	/* -- what people do -- */

	select(node, isByKey) {
		this.graph.select(node, isByKey);
		this.frame.showSelected(node);
		this.frame.showStatus(node);
		if (isByKey)
			this.frame.speak(node);
	}

	showWhole() {
		this.go({ view: 'calls', func: -1, zoom: 0 });
	}

	merge(view) {
		const func = this.model.func[this.graph.selected];

		if (func >= 0)
			this.go({ view, func, zoom: 0 });
	}

	/* A key in the graph; whether it was one. */
	key(event) {
		const acts = {
			Enter: () => this.go({ zoom: this.graph.selected }),
			Escape: () => this.showWhole(),
			c: () => this.merge('callers'),
			e: () => this.merge('callees'),
		};

		if (!Object.hasOwn(acts, event.key))
			return false;
		acts[event.key]();
		put(byId('spoken'), byId('graph-title').textContent +
			': ' + byId('status').textContent);
		return true;
	}

	listen() {
		const change = (id) => byId(id).addEventListener('change',
			(event) => this.choose(id, event.target.value));
		const click = (id, act) =>
			byId(id).addEventListener('click', act);

		change('focus');
		change('colours');
		change('weight');
		byId('search').addEventListener('input', (event) =>
			this.go({ search: event.target.value }, true));
		byId('controls').addEventListener('submit',
			(event) => event.preventDefault());
		click('back', () => history.back());
		click('whole', () => this.showWhole());
		click('direction', () => this.choose('direction',
			this.state.direction === 'icicle' ? 'flame' :
							    'icicle'));
		click('zoom', () => this.go({ zoom: this.graph.selected }));
		click('callers', () => this.merge('callers'));
		click('callees', () => this.merge('callees'));
		click('find', () => this.go({ search: searchFor(
			this.profile.names[this.model.func[
				this.graph.selected]]) }));
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
	}

	/* Nodes have other numbers where a merged tree is made anew. */
	choose(key, value) {
		const isOther = this.state.view !== 'calls' &&
			(key === 'focus' || key === 'weight');

		this.go({ [key]: value, zoom: isOther ? 0 : this.state.zoom });
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
