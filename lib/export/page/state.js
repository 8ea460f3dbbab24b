/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the page shows, as one small object. Everything that can be gone back
 * to is in it, and it stands in the address behind "#", so that the browser's
 * own Back works and a view can be linked to. The address is anybody's: what
 * makes no sense in it is left out.
 */

/* What stands in no address. */
function startState({ about }) {
	return {
		view: 'calls', func: -1, zoom: 0, search: '', focus: '',
		direction: 'flame',
		colours: about.diff ? 'change' : 'dso',
		weight: about.diff ? 'after' :
			about.by_period ? 'period' : 'samples',
	};
}

/* Words that a key may have. */
function wordsOf({ about }) {
	return {
		view: ['calls', 'callers', 'callees'],
		direction: ['flame', 'icicle'],
		colours: about.diff ? ['change', 'dso'] : ['dso', 'origin'],
		weight: about.diff ? ['after', 'before'] :
				     ['samples', 'period'],
	};
}

function readState(profile) {
	const wanted = new URLSearchParams(location.hash.slice(1));
	const words = wordsOf(profile);
	const start = startState(profile);
	const state = Object.assign({}, start);

	for (const key of Object.keys(start)) {
		const value = wanted.get(key);

		if (value === null || (words[key] && !words[key].includes(value)))
			continue;
		state[key] = typeof start[key] === 'number' ?
			Math.trunc(Number(value)) || 0 : value;
	}
	if (state.view === 'calls' ||
	    !(state.func >= 0 && state.func < profile.names.length)) {
		state.view = 'calls';
		state.func = -1;
	}
	if (profile.about.diff || !/^([ptc]\d+)?$/.test(state.focus))
		state.focus = '';
	return state;
}

function writeState(state, profile) {
	const start = startState(profile);
	const params = new URLSearchParams();

	for (const key of Object.keys(start))
		if (state[key] !== start[key])
			params.set(key, state[key]);
	return `#${params}`;
}
