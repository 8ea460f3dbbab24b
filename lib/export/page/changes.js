/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A comparison's numbers, as `lbrprof diff` prints them. Verdicts are those of
 * the library's test; nothing is tested here.
 */

const VERDICTS = ['noise', 'more', 'less', 'not tested'];

/* Comparable numbers: shares, periods a second, or periods. */
function valueOf(diff, side, period) {
	switch (diff.by) {
	case 'total':
		return period / diff[side].period;
	case 'time':
		return period / diff[side].seconds;
	default:
		return period;
	}
}

function valueText(diff, value) {
	return diff.by === 'total' ? `${(100 * value).toFixed(2)}%` :
				     short(value);
}

function changeText(diff, before, after) {
	if (diff.by === 'total')
		return signed(100 * (after - before), 2);
	if (before > 0)
		return `${signed(100 * (after / before - 1), 1)}%`;
	return after > 0 ? 'new' : '0';
}

/* One number of both sides, in all that can be said of it. */
class Change {
	constructor(diff, period, samples, verdict) {
		this.diff = diff;
		this.samples = samples;
		this.verdict = verdict;
		this.before = valueOf(diff, 'before', period.before);
		this.after = valueOf(diff, 'after', period.after);
	}

	get by() {
		return this.after - this.before;
	}

	/* From 0, the same, to 1, new or gone. */
	get degree() {
		const larger = Math.max(this.before, this.after);

		return larger ? Math.abs(this.by) / larger : 0;
	}

	text() {
		return changeText(this.diff, this.before, this.after);
	}

	side(name) {
		const { diff, samples } = this;

		return `${valueText(diff, this[name])} ${name} ` +
			`(${count(samples[name])} samples)`;
	}

	sides() {
		return `${this.side('before')}, ${this.side('after')}`;
	}

	toString() {
		return `${this.sides()}: ${this.text()}, ` +
			VERDICTS[this.verdict];
	}
}

function changeOfNode(diff, model, node) {
	const at = (sides) => ({ before: sides.before[node],
				 after: sides.after[node] });

	return new Change(diff, at(model.period), at(model.samples),
			  model.verdict[node]);
}

/* Self and total of each function, and what became of them. */
class FunctionChanges {
	constructor(profile, model) {
		const { diff, names } = profile;
		const counts = (side, of) => countFunctions(
			model, names.length, diff[of][side], model[of][side]);

		this.diff = profile.about.diff;
		this.verdicts = { self: diff.selfVerdict,
				  total: diff.totalVerdict };
		this.period = { before: counts('before', 'period'),
				after: counts('after', 'period') };
		this.samples = { before: counts('before', 'samples'),
				 after: counts('after', 'samples') };
	}

	/* @which: self or total. */
	of(func, which) {
		const at = (sides) => ({ before: sides.before[which][func],
					 after: sides.after[which][func] });

		return new Change(this.diff, at(this.period), at(this.samples),
				  this.verdicts[which][func]);
	}
}
