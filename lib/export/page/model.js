/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trees made of the profile, and sums over them. Nothing here knows of the
 * screen. A model has, for each node, parent, func, bits, self and total; in a
 * comparison, self and total are of one side, and there are verdict and, for
 * either side, period and samples with all that the node calls.
 */

const NOISE = 0;
const MORE = 1;
const LESS = 2;
const UNTESTED = 3;

/*
 * Which rows count under a focus: "" all of them, "t5" thread 5 of the list,
 * "p77" process 77, "c3" CPU 3.
 */
function rowFilter(profile, focus) {
	const { threads, rows } = profile;
	const wanted = Number(focus.slice(1));

	switch (focus[0]) {
	case 't':
		return (i) => rows.thread[i] === wanted;
	case 'p':
		return (i) => threads[rows.thread[i]].pid === wanted;
	case 'c':
		return (i) => rows.cpu[i] === wanted + 1;
	default:
		return () => true;
	}
}

/* Sums over subtrees: a parent's number is below its children's. */
function sumUp(parent, self) {
	const total = Float64Array.from(self);

	for (let i = total.length - 1; i > 0; i--)
		total[parent[i]] += total[i];
	return total;
}

/* What drawing and walking need on top of parents: lists of children. */
function addLinks(model) {
	const { nr, parent } = model;

	model.first = new Int32Array(nr).fill(-1);
	model.next = new Int32Array(nr).fill(-1);
	for (let i = nr - 1; i > 0; i--) {
		model.next[i] = model.first[parent[i]];
		model.first[parent[i]] = i;
	}
	return model;
}

/* The whole tree with the counts that a focus leaves. */
function callTree(profile, focus, weight) {
	const { tree, rows } = profile;
	const takes = rowFilter(profile, focus);
	const amount = rows[weight];
	const self = new Float64Array(tree.nr);

	for (let i = 0; i < rows.nr; i++)
		if (takes(i))
			self[rows.node[i]] += amount[i];
	const model = Object.assign({}, tree, {
		self, total: sumUp(tree.parent, self) });

	/* Shares are of this, in trees derived from this one, too. */
	model.all = model.total[0];
	return addLinks(model);
}

/* The tree of a comparison. @side: whose periods make the widths. */
function diffTree(profile, side) {
	const { tree, diff } = profile;
	const sums = (of) => ({ before: sumUp(tree.parent, of.before),
				after: sumUp(tree.parent, of.after) });
	const model = Object.assign({}, tree, {
		verdict: diff.verdict,
		period: sums(diff.period), samples: sums(diff.samples) });

	model.self = diff.period[side];
	model.total = model.period[side];
	model.all = model.total[0];
	return addLinks(model);
}

/* A tree that grows, where a child is found by its parent and function. */
class GrowingTree {
	constructor(func, model) {
		const isDiff = Boolean(model.verdict);
		const column = () => new Float64Array(1024);

		this.nr = 1;
		this.model = model;
		this.columns = {
			parent: new Int32Array(1024).fill(-1, 0, 1),
			func: new Int32Array(1024).fill(func, 0, 1),
			bits: new Uint8Array(1024),
			self: column(), total: column(),
		};
		if (isDiff)
			Object.assign(this.columns, {
				parts: new Uint32Array(1024),
				verdict: new Uint8Array(1024),
				periodBefore: column(), periodAfter: column(),
				samplesBefore: column(), samplesAfter: column(),
			});
		this.slots = new Int32Array(4096);
	}

	slotOf(parent, func) {
		const { columns, slots } = this;
		const mask = slots.length - 1;
		let hash = Math.imul(parent, 0x9e3779b1) ^
			   Math.imul(func + 1, 0x85ebca6b);
		let slot = (hash ^ hash >>> 15) & mask;

		for (;;) {
			const node = slots[slot];

			if (node === 0 || (columns.parent[node] === parent &&
					   columns.func[node] === func))
				return slot;
			slot = slot + 1 & mask;
		}
	}

	grow() {
		const { columns } = this;

		for (const [key, old] of Object.entries(columns)) {
			columns[key] = new old.constructor(old.length * 2);
			columns[key].set(old);
		}
		this.slots = new Int32Array(this.slots.length * 2);
		for (let i = 1; i < this.nr; i++)
			this.slots[this.slotOf(columns.parent[i],
					       columns.func[i])] = i;
	}

	child(parent, func) {
		let slot = this.slotOf(parent, func);

		if (this.slots[slot])
			return this.slots[slot];
		if (this.nr === this.columns.parent.length) {
			this.grow();
			slot = this.slotOf(parent, func);
		}
		this.columns.parent[this.nr] = parent;
		this.columns.func[this.nr] = func;
		this.slots[slot] = this.nr;
		return this.nr++;
	}

	/* The counts of node @from of the model; its frame is @like's. */
	add(node, from, like = from) {
		const { columns, model } = this;

		columns.total[node] += model.total[from];
		columns.bits[node] |= model.bits[like];
		if (!model.verdict)
			return;
		/* A path by itself is as tested; several together are not. */
		columns.verdict[node] = columns.parts[node]++ ?
			UNTESTED : model.verdict[from];
		columns.periodBefore[node] += model.period.before[from];
		columns.periodAfter[node] += model.period.after[from];
		columns.samplesBefore[node] += model.samples.before[from];
		columns.samplesAfter[node] += model.samples.after[from];
	}

	addSelf(node, amount) {
		this.columns.self[node] += amount;
	}

	finish() {
		const done = { nr: this.nr, all: this.model.all };

		for (const [key, column] of Object.entries(this.columns))
			done[key] = column.subarray(0, this.nr);
		if (this.model.verdict) {
			done.period = { before: done.periodBefore,
					after: done.periodAfter };
			done.samples = { before: done.samplesBefore,
					 after: done.samplesAfter };
		}
		return addLinks(done);
	}
}

function hasCounts(model, node) {
	return model.verdict ?
		model.samples.before[node] || model.samples.after[node] :
		model.total[node];
}

/* 1 for each node at or below an outermost call of @func, 2 for those calls. */
function callsOf(model, func) {
	const inside = new Uint8Array(model.nr);

	for (let i = 1; i < model.nr; i++) {
		if (inside[model.parent[i]])
			inside[i] = 1;
		else if (model.func[i] === func)
			inside[i] = 2;
	}
	return inside;
}

/* Who calls @func, all its calls put together. A call within another of the
 * same function is a part of that. */
function callersTree(model, func) {
	const inside = callsOf(model, func);
	const grown = new GrowingTree(func, model);

	for (let i = 1; i < model.nr; i++) {
		if (inside[i] !== 2 || !hasCounts(model, i))
			continue;
		let node = 0;

		grown.add(0, i);
		for (let above = model.parent[i]; above > 0;
		     above = model.parent[above]) {
			node = grown.child(node, model.func[above]);
			grown.add(node, i, above);
		}
		grown.addSelf(node, model.total[i]);
	}
	return grown.finish();
}

/* What @func calls, the same way. */
function calleesTree(model, func) {
	const inside = callsOf(model, func);
	const grown = new GrowingTree(func, model);
	const place = new Int32Array(model.nr);

	for (let i = 1; i < model.nr; i++) {
		if (!inside[i] || !hasCounts(model, i))
			continue;
		if (inside[i] === 1)
			place[i] = grown.child(place[model.parent[i]],
					       model.func[i]);
		grown.add(place[i], i);
		grown.addSelf(place[i], model.self[i]);
	}
	return grown.finish();
}

/* Self and total of each function in the whole tree, a function that stands on
 * a stack several times counted once for it. @weights: a node's self. */
function countFunctions(model, nrFunctions, self, total) {
	const selfOf = new Float64Array(nrFunctions);
	const totalOf = new Float64Array(nrFunctions);
	const open = new Int32Array(nrFunctions);
	const way = [];

	for (let i = 1; i < model.nr; i++) {
		const func = model.func[i];

		while (way.length && way[way.length - 1] !== model.parent[i])
			open[model.func[way.pop()]]--;
		way.push(i);
		selfOf[func] += self[i];
		if (open[func]++ === 0)
			totalOf[func] += total[i];
	}
	return { self: selfOf, total: totalOf };
}

/* A test of names: part of one, or a regular expression between slashes. null:
 * nothing is looked for, or the expression is not one. */
function nameTest(text) {
	const regex = /^\/(.+)\/$/.exec(text);

	if (regex) {
		try {
			const compiled = new RegExp(regex[1], 'i');

			return (name) => compiled.test(name);
		} catch (error) {
			return null;
		}
	}
	const wanted = text.toLowerCase();

	return wanted ? (name) => name.toLowerCase().includes(wanted) : null;
}

/* How much of @zoom lies at or below frames whose functions match. */
function matchedWeight(model, zoom, matches) {
	const inside = new Uint8Array(model.nr);
	let sum = 0;

	/* 1: below @zoom; 2: and counted. */
	for (let i = zoom; i < model.nr; i++) {
		const above = i === zoom ? 1 : inside[model.parent[i]];

		inside[i] = above;
		if (above === 1 && model.func[i] >= 0 &&
		    matches[model.func[i]]) {
			inside[i] = 2;
			sum += model.total[i];
		}
	}
	return sum;
}

/* How many rows the deepest stack takes. */
function depthOf(model) {
	const depth = new Uint32Array(model.nr);
	let most = 0;

	/* A parent's number is below its children's. */
	for (let i = 0; i < model.nr; i++) {
		depth[i] = i ? depth[model.parent[i]] + 1 : 1;
		if (hasCounts(model, i))
			most = Math.max(most, depth[i]);
	}
	return most;
}

/* By the larger totals; those without counts are not seen. */
function childrenOf(model, node) {
	const list = [];

	for (let child = model.first[node]; child >= 0;
	     child = model.next[child])
		if (model.total[child])
			list.push(child);
	return list.sort((a, b) => model.total[b] - model.total[a] || a - b);
}
