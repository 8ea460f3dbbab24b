/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words and numbers. Texts out of the profile reach the page as text nodes
 * only: element() and put() are the only places that make them.
 */

const TEXT_SHOWN = 400;
const NSEC_PER_SEC = 1e9;

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

function signed(number, digits) {
	return `${number > 0 ? '+' : ''}${number.toFixed(digits)}`;
}

/* With k, M, G and so on. */
function short(number) {
	const units = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
	let unit = 0;

	while (number >= 1000 && unit + 1 < units.length) {
		number /= 1000;
		unit++;
	}
	return `${number.toFixed(2)}${units[unit]}`;
}

function seconds(ns) {
	return ns >= NSEC_PER_SEC ? `${(ns / NSEC_PER_SEC).toFixed(2)} s` :
				    `${(ns / 1e6).toFixed(1)} ms`;
}

function fileName(dso) {
	return dso.startsWith('//') ? dso :
		dso.slice(dso.lastIndexOf('/') + 1) || dso;
}

/* What periods are called; where a clock was sampled they are its time. */
function periodName(about) {
	return about.is_time ? 'CPU time' : `periods of ${about.event}`;
}

function amount(about, number, weight) {
	if (weight === 'samples')
		return `${count(number)} samples`;
	return about.is_time ? `${seconds(number)} of CPU time` :
			       `${short(number)} ${periodName(about)}`;
}

/* Of functions, as the page calls them. */
class Names {
	constructor(profile) {
		this.profile = profile;
		this.texts = [];
	}

	of(func) {
		if (func < 0)
			return 'all';
		if (this.texts[func] === undefined)
			this.texts[func] = shown(this.profile.names[func]);
		return this.texts[func];
	}

	dso(func) {
		return func < 0 ? '' :
			this.profile.dsos[this.profile.dsoOf[func]];
	}
}
