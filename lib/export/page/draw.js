/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames on a canvas. A layout holds the frames that are wide enough to be
 * seen, row by row; of these, the rows in sight are painted. What is too narrow
 * becomes one grey piece, and nobody looks below it.
 */

const ROW = 20;		/* pixels of the page, as all sizes here */
const NARROWEST = 0.7;
const LETTERS_FROM = 28;
const TINY = -1;	/* the node of a grey piece */

/* Rows of frames from the root to @zoom, as wide as all, and below it. A frame
 * is { node, x, w }; a grey piece's node is TINY. */
function makeLayout(model, zoom, width) {
	const rows = [];
	const scale = model.total[zoom] ? width / model.total[zoom] : 0;

	for (let node = zoom; node >= 0; node = model.parent[node])
		rows.unshift([{ node, x: 0, w: width }]);
	while (scale) {
		const below = [];

		for (const frame of rows[rows.length - 1])
			if (frame.node !== TINY)
				placeChildren(model, frame, scale, below);
		if (!below.length)
			break;
		rows.push(below);
	}
	return { rows, zoom, width, scale };
}

function placeChildren(model, frame, scale, row) {
	const wide = [];
	let rest = 0;
	let x = frame.x;

	for (let node = model.first[frame.node]; node >= 0;
	     node = model.next[node]) {
		if (model.total[node] * scale >= NARROWEST)
			wide.push(node);
		else
			rest += model.total[node];
	}
	wide.sort((a, b) => model.total[b] - model.total[a] || a - b);
	for (const node of wide) {
		const w = model.total[node] * scale;

		row.push({ node, x, w });
		x += w;
	}
	if (rest * scale >= NARROWEST)
		row.push({ node: TINY, x, w: rest * scale });
}

/* The frame at @x of a row, or null. */
function frameAt(layout, row, x) {
	const frames = layout.rows[row];
	let low = 0;
	let high = frames ? frames.length - 1 : -1;

	while (low <= high) {
		const middle = low + high >> 1;
		const frame = frames[middle];

		if (x < frame.x)
			high = middle - 1;
		else if (x >= frame.x + frame.w)
			low = middle + 1;
		else
			return frame;
	}
	return null;
}

class Painter {
	constructor(canvas) {
		this.canvas = canvas;
		this.context = canvas.getContext('2d');
	}

	/* The canvas is as large as its place, in the screen's pixels. */
	fit(width, height) {
		const ratio = window.devicePixelRatio || 1;
		const w = Math.max(1, Math.round(width * ratio));
		const h = Math.max(1, Math.round(height * ratio));

		if (this.canvas.width !== w || this.canvas.height !== h) {
			this.canvas.width = w;
			this.canvas.height = h;
			this.canvas.style.height = `${height}px`;
		}
		this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
		this.context.font = '12px ui-monospace, monospace';
		this.context.textBaseline = 'middle';
		this.context.direction = 'ltr';
		this.letter = this.context.measureText('m').width || 7;
		this.height = height;
	}

	/*
	 * @look: isDark, isFlame (the root at the bottom), selected (a node),
	 * rowsHigh (of the whole picture), offset (above it), colourOf(node),
	 * isMatch(node), isAbove(node), textOf(node).
	 */
	paint(layout, scrollTop, look) {
		const { context } = this;

		context.clearRect(0, 0, layout.width, this.height);
		for (let row = 0; row < layout.rows.length; row++) {
			const y = rowTop(row, look) - scrollTop;

			if (y > -ROW && y < this.height)
				this.paintRow(layout.rows[row], y, look);
		}
	}

	paintRow(frames, y, look) {
		const { context } = this;

		for (const { node, x, w } of frames) {
			/* What is above the zoomed frame is wider than drawn. */
			context.globalAlpha = look.isAbove(node) ? 0.55 : 1;
			context.fillStyle = this.fillOf(node, look);
			context.fillRect(x, y, Math.max(w - 0.5, 0.5), ROW - 1);
			context.globalAlpha = 1;
			if (node === look.selected && node !== TINY) {
				context.strokeStyle = look.isDark ? '#fff' :
								    '#000';
				context.lineWidth = 2;
				context.strokeRect(x + 1, y + 1,
						   Math.max(w - 2.5, 1),
						   ROW - 3);
			}
			if (node !== TINY && w >= LETTERS_FROM)
				this.paintText(look.textOf(node), x, y, w, look);
		}
	}

	fillOf(node, look) {
		if (node === TINY)
			return look.isDark ? '#3a3a40' : '#dcdce2';
		if (look.isMatch(node))
			return look.isDark ? '#a000a0' : '#ff9cff';
		return look.colourOf(node);
	}

	paintText(text, x, y, w, look) {
		const room = Math.floor((w - 6) / this.letter);

		if (room < 2)
			return;
		this.context.fillStyle = look.isDark ? '#fff' : '#000';
		this.context.fillText(text.length <= room ? text :
				      text.slice(0, room - 1) + '\u2026',
				      x + 3, y + ROW / 2, w - 4);
	}
}

function rowTop(row, look) {
	const place = look.isFlame ? look.rowsHigh - 1 - row : row;

	return look.offset + place * ROW;
}

function rowAt(y, look) {
	const row = Math.floor((y - look.offset) / ROW);

	return look.isFlame ? look.rowsHigh - 1 - row : row;
}
