/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What frames are filled with, and what that means.
 */

const LEGEND_SHOWN = 10;

/* What frames are coloured by, by bits of a node: its origins. */
const ORIGINS = [
	{ name: 'sampled address', hue: 52, sat: 85 },
	{ name: 'kernel\u2019s call chain', hue: 280, sat: 45 },
	{ name: 'frame pointers', hue: 175, sat: 50 },
	{ name: 'unwound', hue: 210, sat: 65 },
	{ name: 'branch records (LBR)', hue: 25, sat: 85 },
	{ name: 'call chain, origin not said', hue: 60, sat: 12 },
	{ name: 'branch record of the sample before', hue: 345, sat: 65 },
	{ name: 'joined: branch records in some samples, unwound in others',
	  hue: 120, sat: 45 },
];
const JOINED = 7;

function originOf(bits) {
	const others = bits & 0x7e;
	const lbr = others & (1 << 4 | 1 << 6);

	/* The innermost frame is a sampled address, wherever it is found. */
	if (!others)
		return 0;
	if (lbr && others & (1 << 2 | 1 << 3))
		return JOINED;
	for (const origin of [4, 6, 3, 2, 1, 5])
		if (others & 1 << origin)
			return origin;
	return 0;
}

function colour(hue, sat, isDark) {
	/* White is written on 27% of any hue, black on 80%. */
	return `hsl(${hue} ${sat}% ${isDark ? 27 : 80}%)`;
}

/* Red for more than before, blue for less, the stronger the larger a part of
 * it is new or gone; grey for noise. */
function verdictColour(verdict, degree, isDark) {
	if (verdict === NOISE)
		return colour(0, 0, isDark);
	if (verdict === UNTESTED)
		return `hsl(50 20% ${isDark ? 20 : 92}%)`;
	const light = isDark ? 24 + 16 * degree : 88 - 22 * degree;

	return `hsl(${verdict === MORE ? 5 : 215} 80% ${light}%)`;
}

class Palette {
	/* @isDark: a function. */
	constructor(profile, isDark) {
		this.profile = profile;
		this.isDark = isDark;
	}

	/* By the place that they take in the picture. Neighbours in rank are
	 * far apart on the colour wheel: steps of the golden angle. */
	rank(model) {
		const { dsoOf, dsos } = this.profile;
		const sums = new Float64Array(dsos.length);

		for (let i = 1; i < model.nr; i++)
			sums[dsoOf[model.func[i]]] += model.total[i];
		this.dsoOrder = Array.from(sums.keys())
			.sort((a, b) => sums[b] - sums[a]);
		this.dsoRank = new Uint32Array(sums.length);
		this.dsoOrder.forEach((dso, rank) => {
			this.dsoRank[dso] = rank;
		});
	}

	ofDso(dso) {
		const hue = 30 + this.dsoRank[dso] * 137.508;

		return colour(Math.round(hue % 360), 65, this.isDark());
	}

	/* @by: dso, origin or change. */
	ofNode(model, node, by) {
		const func = model.func[node];

		if (by === 'change') {
			const change = changeOfNode(this.profile.about.diff,
						    model, node);

			return verdictColour(change.verdict, change.degree,
					     this.isDark());
		}
		if (func < 0)
			return colour(0, 0, this.isDark());
		if (by === 'origin') {
			const origin = ORIGINS[originOf(model.bits[node])];

			return colour(origin.hue, origin.sat, this.isDark());
		}
		return this.ofDso(this.profile.dsoOf[func]);
	}

	/* Pairs of words and what they are shown by. */
	legend(model, by) {
		return by === 'change' ? this.legendOfChanges(model) :
			by === 'origin' ? this.legendOfOrigins(model) :
			this.legendOfDsos();
	}

	legendOfChanges(model) {
		const items = [[MORE, 'more than before'],
			       [LESS, 'less than before'],
			       [NOISE, 'noise by the test']];

		if (model.verdict.includes(UNTESTED))
			items.push([UNTESTED, 'several paths, not tested']);
		return items.map(([verdict, words]) =>
			[words, verdictColour(verdict, 1, this.isDark())]);
	}

	legendOfOrigins(model) {
		const seen = new Set();

		for (let i = 1; i < model.nr; i++)
			seen.add(originOf(model.bits[i]));
		return ORIGINS.filter((_, i) => seen.has(i))
			.map((o) => [o.name,
				     colour(o.hue, o.sat, this.isDark())]);
	}

	legendOfDsos() {
		const { dsos } = this.profile;
		const items = this.dsoOrder.slice(0, LEGEND_SHOWN).map((dso) =>
			[shown(fileName(dsos[dso]), 60), this.ofDso(dso)]);
		const others = dsos.length - items.length;

		if (others > 0)
			items.push([`and ${others} more`, 'transparent']);
		return items;
	}
}
