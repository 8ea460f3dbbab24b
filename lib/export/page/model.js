/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profile as numbers: reading it out of the page, and trees made of it.
 * Nothing here knows of the screen. lib/export/html.c says what is packed how.
 */
'use strict';

const FORMAT = 1;

function bytesOfBase64(text) {
	if (Uint8Array.fromBase64)
		return Uint8Array.fromBase64(text);
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);

	for (let i = 0; i < binary.length; i++)
		bytes[i] = binary.charCodeAt(i);
	return bytes;
}

async function inflate(bytes) {
	if (typeof DecompressionStream === 'undefined')
		throw new Error('this browser is too old: it cannot unpack ' +
				'the profile (Chromium 80, Firefox 113 and ' +
				'Safari 16.4 can)');
	const plain = new Blob([bytes]).stream()
		.pipeThrough(new DecompressionStream('deflate'));

	return new Uint8Array(await new Response(plain).arrayBuffer());
}

class Reader {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
		this.decoder = new TextDecoder();
	}

	/* Sums of periods may need more than 32 bits, so no shifts. */
	number() {
		let byte = this.bytes[this.at++];
		let factor = 128;
		let number = byte & 127;

		while (byte >= 128) {
			byte = this.bytes[this.at++];
			number += (byte & 127) * factor;
			factor *= 128;
		}
		return number;
	}

	numbers(array) {
		for (let i = 0; i < array.length; i++)
			array[i] = this.number();
		return array;
	}

	text() {
		const size = this.number();

		this.at += size;
		return this.decoder.decode(
			this.bytes.subarray(this.at - size, this.at));
	}

	rest(size) {
		this.at += size;
		if (this.at > this.bytes.length)
			throw new Error('the profile in this page is damaged');
		return this.bytes.subarray(this.at - size, this.at);
	}
}

function readNodes(reader, nr) {
	const up = reader.numbers(new Uint32Array(nr - 1));
	const called = reader.numbers(new Uint32Array(nr - 1));
	const parent = new Int32Array(nr);
	const func = new Int32Array(nr);
	const bits = new Uint8Array(nr);

	parent[0] = -1;
	func[0] = -1;
	bits.set(reader.rest(nr - 1), 1);
	for (let i = 1; i < nr; i++) {
		let above = i - 1;

		for (let k = up[i - 1]; k > 0; k--)
			above = parent[above];
		parent[i] = above;
		func[i] = called[i - 1];
	}
	return { nr, parent, func, bits };
}

function readRows(reader, nr) {
	const node = reader.numbers(new Uint32Array(nr));

	for (let i = 1; i < nr; i++)
		node[i] += node[i - 1];
	return {
		nr, node,
		thread: reader.numbers(new Uint32Array(nr)),
		cpu: reader.numbers(new Uint32Array(nr)),
		samples: reader.numbers(new Float64Array(nr)),
		period: reader.numbers(new Float64Array(nr)),
	};
}

function readProfile(about, bytes) {
	const reader = new Reader(bytes);
	const profile = {
		about, dsos: [], names: [], threads: [],
		dsoOf: new Uint32Array(about.nr_functions),
	};

	if (about.format !== FORMAT)
		throw new Error('the profile in this page is of another form');
	for (let i = 0; i < about.nr_dsos; i++)
		profile.dsos.push(reader.text());
	for (let i = 0; i < about.nr_functions; i++) {
		profile.dsoOf[i] = reader.number();
		profile.names.push(reader.text());
	}
	for (let i = 0; i < about.nr_threads; i++) {
		const side = reader.number();
		const pid = reader.number();
		const tid = reader.number();

		profile.threads.push({ side, pid, tid, comm: reader.text() });
	}
	profile.tree = readNodes(reader, about.nr_nodes);
	profile.rows = readRows(reader, about.nr_rows);
	return profile;
}

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
	const { tree, rows, threads } = profile;
	const takes = rowFilter(profile, focus);
	const amount = rows[weight];
	const self = new Float64Array(tree.nr);
	const before = profile.about.before ? new Float64Array(tree.nr) : null;

	for (let i = 0; i < rows.nr; i++) {
		if (!takes(i))
			continue;
		if (threads[rows.thread[i]].side === 0)
			self[rows.node[i]] += amount[i];
		else if (before)
			before[rows.node[i]] += amount[i];
	}
	const model = Object.assign({}, tree, {
		self, total: sumUp(tree.parent, self),
		before: before && sumUp(tree.parent, before),
		beforeSelf: before,
	});

	/* Shares are of these, in trees derived from this one, too. */
	model.all = model.total[0];
	model.allBefore = before ? model.before[0] : 0;
	return addLinks(model);
}

/* A tree that grows, where a child is found by its parent and function. */
class GrowingTree {
	constructor(func, hasBefore) {
		this.nr = 1;
		this.parent = new Int32Array(1024).fill(-1, 0, 1);
		this.func = new Int32Array(1024).fill(func, 0, 1);
		this.bits = new Uint8Array(1024);
		this.self = new Float64Array(1024);
		this.total = new Float64Array(1024);
		this.before = hasBefore ? new Float64Array(1024) : null;
		this.slots = new Int32Array(4096);
	}

	slotOf(parent, func) {
		const mask = this.slots.length - 1;
		let hash = Math.imul(parent, 0x9e3779b1) ^
			   Math.imul(func + 1, 0x85ebca6b);
		let slot = (hash ^ hash >>> 15) & mask;

		for (;;) {
			const node = this.slots[slot];

			if (node === 0 || (this.parent[node] === parent &&
					   this.func[node] === func))
				return slot;
			slot = slot + 1 & mask;
		}
	}

	grow() {
		for (const key of ['parent', 'func', 'bits', 'self', 'total',
				   'before']) {
			const old = this[key];

			if (!old)
				continue;
			this[key] = new old.constructor(old.length * 2);
			this[key].set(old);
		}
		this.slots = new Int32Array(this.slots.length * 2);
		for (let i = 1; i < this.nr; i++)
			this.slots[this.slotOf(this.parent[i], this.func[i])] = i;
	}

	child(parent, func) {
		let slot = this.slotOf(parent, func);

		if (this.slots[slot])
			return this.slots[slot];
		if (this.nr === this.parent.length) {
			this.grow();
			slot = this.slotOf(parent, func);
		}
		this.parent[this.nr] = parent;
		this.func[this.nr] = func;
		this.slots[slot] = this.nr;
		return this.nr++;
	}

	add(node, from, model) {
		this.total[node] += model.total[from];
		this.bits[node] |= model.bits[from];
		if (this.before)
			this.before[node] += model.before[from];
	}

	finish(model) {
		const done = { nr: this.nr, all: model.all,
			       allBefore: model.allBefore };

		for (const key of ['parent', 'func', 'bits', 'self', 'total',
				   'before'])
			done[key] = this[key] && this[key].subarray(0, this.nr);
		return addLinks(done);
	}
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
	const grown = new GrowingTree(func, Boolean(model.before));

	for (let i = 1; i < model.nr; i++) {
		if (inside[i] !== 2 ||
		    (!model.total[i] && !(model.before && model.before[i])))
			continue;
		let node = 0;

		grown.add(0, i, model);
		for (let above = model.parent[i]; above > 0;
		     above = model.parent[above]) {
			node = grown.child(node, model.func[above]);
			grown.total[node] += model.total[i];
			grown.bits[node] |= model.bits[above];
			if (grown.before)
				grown.before[node] += model.before[i];
		}
		grown.self[node] += model.total[i];
	}
	return grown.finish(model);
}

/* What @func calls, the same way. */
function calleesTree(model, func) {
	const inside = callsOf(model, func);
	const grown = new GrowingTree(func, Boolean(model.before));
	const place = new Int32Array(model.nr);

	for (let i = 1; i < model.nr; i++) {
		if (!inside[i] ||
		    (!model.total[i] && !(model.before && model.before[i])))
			continue;
		if (inside[i] === 1)
			place[i] = grown.child(place[model.parent[i]],
					       model.func[i]);
		grown.add(place[i], i, model);
		grown.self[place[i]] += model.self[i];
	}
	return grown.finish(model);
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

/* Whether a share of the counts has changed by more than chance does: the
 * difference of two proportions against three times its standard error. */
function isChange(after, all, before, allBefore) {
	if (!all || !allBefore)
		return true;
	const pooled = (after + before) / (all + allBefore);
	const error = Math.sqrt(pooled * (1 - pooled) *
				(1 / all + 1 / allBefore));

	return Math.abs(after / all - before / allBefore) > 3 * error;
}
