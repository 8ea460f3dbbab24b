// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reads a profile with the npm package pprof-format, and prints self and total
// of each function by samples, as JSON.
"use strict";

const fs = require("fs");
const zlib = require("zlib");
const { Profile } = require("pprof-format");

const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(process.argv[2])));
const strings = profile.stringTable.strings;
const locations = new Map(profile.location.map((l) => [String(l.id), l]));
const functions = new Map(profile.function.map((f) => [String(f.id), f]));
// Functions may have any name, __proto__ too.
const self = Object.create(null);
const total = Object.create(null);

for (const sample of profile.sample) {
	const weight = Number(sample.value[0]);
	const seen = new Set();
	let isFirst = true;

	for (const id of sample.locationId) {
		for (const line of locations.get(String(id)).line) {
			const f = functions.get(String(line.functionId));
			const name = strings[Number(f.name)];

			if (isFirst)
				self[name] = (self[name] || 0) + weight;
			isFirst = false;
			if (!seen.has(name))
				total[name] = (total[name] || 0) + weight;
			seen.add(name);
		}
	}
}
process.stdout.write(JSON.stringify({ self, total }));
