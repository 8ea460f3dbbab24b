/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the profile out of the page. lib/export/html.c and html_diff.c say
 * what is packed how.
 */
'use strict';

const FORMAT = 2;

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

/* Of a comparison: nodes' own counts, and verdicts. */
function readDiff(reader, about) {
	const column = () => reader.numbers(new Float64Array(about.nr_nodes));
	const verdicts = (nr) => reader.numbers(new Uint8Array(nr));

	return {
		verdict: verdicts(about.nr_nodes),
		samples: { before: column(), after: column() },
		period: { before: column(), after: column() },
		selfVerdict: verdicts(about.nr_functions),
		totalVerdict: verdicts(about.nr_functions),
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
		const pid = reader.number();
		const tid = reader.number();

		profile.threads.push({ pid, tid, comm: reader.text() });
	}
	profile.tree = readNodes(reader, about.nr_nodes);
	if (about.diff)
		profile.diff = readDiff(reader, about);
	else
		profile.rows = readRows(reader, about.nr_rows);
	return profile;
}
