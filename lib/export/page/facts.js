/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands on top: what ran, where its stacks come from and why, how far
 * they can be trusted, and what was lost or stolen.
 */

const HEADING_SHOWN = 160;

function steals(about) {
	return about.steal.map((s) => `${s.percent.toFixed(0)}% between ` +
		`${(s.begin_ns / NSEC_PER_SEC).toFixed(0)} s and ` +
		`${(s.end_ns / NSEC_PER_SEC).toFixed(0)} s`).join(', ');
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

function commandOf(about) {
	return (about.command || []).map((w) => w.word).join(' ');
}

/* Of one recording. */
function factsOf(about) {
	const { totals } = about;
	const host = [about.hostname, about.kernel, about.arch,
		      about.cpus && `${about.cpus} CPUs`, about.cpu];

	return [
		['File', about.title],
		['Command', commandOf(about)],
		['Host', host.filter(Boolean).join(', ')],
		['Event', about.event +
			(about.rate ? `, ${about.overhead ? 'up to ' : ''}` +
				`${about.rate} samples a second` : '') +
			(about.every ? `, a sample every ${about.every}` : '')],
		['Stacks from', about.stack_source],
		['Why these stacks', about.ladder],
		['Samples', `${count(totals.samples)} in ` +
			`${(totals.span_ns / NSEC_PER_SEC).toFixed(2)} s` +
			(totals.filtered ? `; ${count(totals.filtered)} ` +
					   'others filtered out' : '')],
		['Lost', `${count(totals.lost)} samples`],
		['Whole stacks', `${verdicts(totals)}; ` +
			`${count(totals.stacks)} distinct`],
		['Integrity of branch records', shares(totals.integrity)],
		['Frames', originShares(totals)],
		['Overhead', about.overhead],
		['Steal', steals(about)],
		['End', about.finished === false ?
			'the recorder did not end the file properly' : ''],
	].filter(([, value]) => value);
}

function changedOf(diff) {
	const { symbol_tests: symbols, path_tests: paths } = diff;

	return `${count(symbols.changed)} of ${count(symbols.compared)} ` +
		`numbers of functions and ${count(paths.changed)} of ` +
		`${count(paths.compared)} call paths changed`;
}

function factsOfDiff(diff) {
	const bases = { total: 'as shares of each total',
			time: 'as periods a second',
			run: 'as periods of the whole run' };
	const { symbol_tests: symbols, path_tests: paths } = diff;

	return [
		['Compared', `${diff.event}, ${bases[diff.by]}`],
		['Changed', changedOf(diff)],
		['Test', `exact, corrected for ${count(symbols.tested)} and ` +
			`${count(paths.tested)} that could be seen to ` +
			'change; between equals, anything is called changed ' +
			`in ${+(100 * diff.error_rate).toPrecision(6)}% of ` +
			'comparisons' + (diff.least_change ? ', and below ' +
			`${+(100 * diff.least_change).toPrecision(6)}% of the ` +
			'whole nothing is' : '')],
	];
}

function summaryOf(about) {
	const { totals } = about;

	return `${count(totals.samples)} samples` +
		`, stacks: ${about.stack_source || 'not known'}; ` +
		`${verdicts(totals)}; ${count(totals.lost)} lost` +
		(about.steal.length ? `; stolen: ${steals(about)}` : '');
}

/* Where the rate changed, samples stand for different times. */
function rateNote(about) {
	return about.overhead && about.by_period ?
		'; the rate changed while recording, so shares are of ' +
		periodName(about) : '';
}

function showList(heading, facts) {
	const part = element('section');
	const list = element('dl');

	if (heading)
		part.append(element('h2', '', heading));
	for (const [name, value] of facts) {
		list.append(element('dt', '', name));
		list.append(element('dd', 'name', value.split('\n')
			.map((line) => shown(line, 4000)).join('\n')));
	}
	part.append(list);
	byId('facts').append(part);
}

function showFacts(about) {
	const { before, diff } = about;
	const name = (side) => side.title || side.event || 'lbrprof';
	const title = diff ? `${name(before)} \u2192 ${name(about)}` :
			     commandOf(about) || name(about);

	put(byId('title'), shown(title, HEADING_SHOWN)).classList.add('name');
	document.title = `${shown(title, 80)} \u2013 lbrprof`;
	if (!diff) {
		put(byId('summary'), shown(
			(about.title && title !== about.title ?
				`${shown(about.title, 80)}: ` : '') +
			summaryOf(about) + rateNote(about)));
		showList('', factsOf(about));
		return;
	}
	put(byId('summary'), shown(`${changedOf(diff)}, the rest is noise. ` +
		`Before: ${summaryOf(before)}. After: ${summaryOf(about)}.`,
		2 * TEXT_SHOWN));
	put(byId('recording').querySelector('summary'), 'The recordings');
	showList('Comparison', factsOfDiff(diff));
	showList('Before', factsOf(before));
	showList('After', factsOf(about));
}
