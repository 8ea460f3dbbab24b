/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The graph as a thing that can be scrolled, pointed at and walked by key. What
 * comes of that is for others: the page hands in functions for it.
 */

class Graph {
	/* @acts: colourOf(node), textOf(node), isMatch(node), isDark(); and
	 * hover(node), -1 for none; select(node, isByKey); zoomTo(node);
	 * key(event), true if it was one. */
	constructor(acts) {
		this.acts = acts;
		this.canvas = byId('graph');
		this.scroll = byId('scroll');
		this.painter = new Painter(this.canvas);
		this.selected = 0;
		this.fromRoot = 0;
		this.listen();
	}

	/* @isNew: show the root's end of the picture. */
	show(model, state, isNew) {
		if (this.model !== model)
			this.scroll.style.setProperty('--rows',
						      depthOf(model));
		this.model = model;
		this.zoom = state.zoom;
		this.isFlame = state.direction !== 'icicle';
		this.lay(isNew);
	}

	look() {
		const { model, acts } = this;
		const above = new Set();

		for (let node = model.parent[this.zoom]; node >= 0;
		     node = model.parent[node])
			above.add(node);
		return {
			isDark: acts.isDark(),
			isFlame: this.isFlame,
			rowsHigh: this.rowsHigh,
			offset: this.offset,
			selected: this.selected,
			colourOf: acts.colourOf,
			textOf: acts.textOf,
			isMatch: acts.isMatch,
			isAbove: (node) => above.has(node),
		};
	}

	lay(isNew) {
		const { scroll } = this;
		const width = scroll.clientWidth;
		const height = scroll.clientHeight;

		if (!width || !this.model)
			return;
		this.layout = makeLayout(this.model, this.zoom, width);
		this.rowsHigh = Math.max(this.layout.rows.length,
					 Math.floor(height / ROW));
		/* A flame stands on the ground. */
		this.offset = this.isFlame ?
			Math.max(0, height - this.rowsHigh * ROW) : 0;
		/* The canvas stands above it and is as high as the place. */
		byId('spacer').style.height =
			`${Math.max(0, this.rowsHigh * ROW - height)}px`;
		this.painter.fit(width, height);
		if (isNew)
			this.fromRoot = 0;
		/* The root stays where it is if the window changes. */
		scroll.scrollTop = this.isFlame ?
			scroll.scrollHeight - height - this.fromRoot :
			this.fromRoot;
		this.paint();
	}

	/* How far the root's end of the picture is out of sight. */
	keepPlace() {
		const { scroll } = this;

		this.fromRoot = this.isFlame ? scroll.scrollHeight -
			scroll.clientHeight - scroll.scrollTop :
			scroll.scrollTop;
	}

	paint() {
		this.painter.paint(this.layout, this.scroll.scrollTop,
				   this.look());
	}

	paintSoon() {
		if (this.isWaiting)
			return;
		this.isWaiting = true;
		requestAnimationFrame(() => {
			this.isWaiting = false;
			this.paint();
		});
	}

	/* The node at the mouse, or -1. */
	nodeUnder(event) {
		const box = this.canvas.getBoundingClientRect();
		const row = rowAt(event.clientY - box.top +
				  this.scroll.scrollTop, this.look());
		const frame = frameAt(this.layout, row,
				      event.clientX - box.left);

		return frame && frame.node !== TINY ? frame.node : -1;
	}

	select(node, isByKey) {
		this.selected = node;
		if (isByKey)
			this.scrollTo(node);
		this.paintSoon();
	}

	scrollTo(node) {
		const { scroll, model } = this;
		let row = 0;

		for (let above = model.parent[node]; above >= 0;
		     above = model.parent[above])
			row++;
		const top = rowTop(row, this.look());

		if (top < scroll.scrollTop)
			scroll.scrollTop = top;
		else if (top + ROW > scroll.scrollTop + scroll.clientHeight)
			scroll.scrollTop = top + ROW - scroll.clientHeight;
	}

	/* Where an arrow leads from the selected frame, or -1. */
	neighbour(key) {
		const { model, selected, isFlame } = this;
		const parent = model.parent[selected];

		if (key === (isFlame ? 'ArrowDown' : 'ArrowUp'))
			return parent;
		if (key === (isFlame ? 'ArrowUp' : 'ArrowDown')) {
			const children = childrenOf(model, selected);

			return children.length ? children[0] : -1;
		}
		if (parent < 0)
			return -1;
		const siblings = childrenOf(model, parent);
		const at = siblings.indexOf(selected) +
			   (key === 'ArrowLeft' ? -1 : 1);

		return at >= 0 && at < siblings.length ? siblings[at] : -1;
	}

	key(event) {
		if (event.ctrlKey || event.altKey || event.metaKey)
			return;
		if (event.key.startsWith('Arrow')) {
			const node = this.neighbour(event.key);

			if (node >= 0)
				this.acts.select(node, true);
		} else if (!this.acts.key(event)) {
			return;
		}
		event.preventDefault();
	}

	listen() {
		const { acts, canvas, scroll } = this;

		canvas.addEventListener('keydown', (event) => this.key(event));
		canvas.addEventListener('click', (event) => {
			const node = this.nodeUnder(event);

			if (node === this.zoom)
				acts.select(node, false);
			else if (node >= 0)
				acts.zoomTo(node);
		});
		canvas.addEventListener('mousemove', (event) =>
			acts.hover(this.nodeUnder(event)));
		canvas.addEventListener('mouseleave', () => acts.hover(-1));
		scroll.addEventListener('scroll', () => {
			this.keepPlace();
			this.paintSoon();
		});
		new ResizeObserver(() => this.lay(false)).observe(scroll);
	}
}
