/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One frame in words: below the graph, for who hears the page, and with
 * buttons for all that mouse and keys do in the graph.
 */

const CHILDREN_SHOWN = 50;

class FrameTexts {
	constructor(profile, names, zoomTo) {
		this.profile = profile;
		this.names = names;
		this.zoomTo = zoomTo;
	}

	/* What the others are about. */
	set(model, state) {
		this.model = model;
		this.state = state;
	}

	nameOf(node) {
		return this.names.of(this.model.func[node]);
	}

	countsOf(node) {
		const { model, profile, state } = this;
		const parts = [
			amount(profile.about, model.total[node], state.weight),
			`${percent(model.total[node], model.all)} of all`,
		];

		if (state.zoom)
			parts.push(percent(model.total[node],
					   model.total[state.zoom]) +
				   ' of what is shown');
		if (state.view !== 'callers')
			parts.push(`self ${percent(model.self[node],
						   model.all)}`);
		return parts;
	}

	describe(node) {
		const { model, profile } = this;
		const parts = profile.diff ?
			[String(changeOfNode(profile.about.diff, model, node))] :
			this.countsOf(node);

		if (node && model.func[node] >= 0) {
			if (!profile.diff)
				parts.push(ORIGINS[originOf(model.bits[node])]
					.name);
			if (!(model.bits[node] & 0x80))
				parts.push('inlined');
		}
		return parts.join(', ');
	}

	/* In one line. */
	showStatus(node) {
		const dso = this.names.dso(this.model.func[node]);

		byId('status').replaceChildren(
			element('span', 'name', this.nameOf(node)),
			...dso ? [document.createTextNode(' '),
				  element('span', 'name',
					  `(${shown(fileName(dso), 80)})`)] :
				[],
			document.createTextNode(`: ${this.describe(node)}`));
	}

	speak(node) {
		put(byId('spoken'),
		    `${this.nameOf(node)}, ${this.describe(node)}`);
	}

	showSelected(node) {
		const { model } = this;
		const func = model.func[node];
		const path = [];

		for (let above = model.parent[node]; above >= 0;
		     above = model.parent[above])
			path.push(this.item(above));
		put(byId('frame-name'), this.nameOf(node)).className = 'name';
		put(byId('frame-facts'), (func < 0 ? '' :
			`${shown(this.names.dso(func))}: `) +
			this.describe(node));
		for (const id of ['callers', 'callees', 'find'])
			byId(id).disabled = func < 0;
		byId('zoom').disabled = node === this.state.zoom;
		byId('path').replaceChildren(...path);
		byId('children').replaceChildren(...this.childItems(node));
		byId('path-part').hidden = !path.length;
		byId('children-part').hidden = model.first[node] < 0;
	}

	item(node) {
		const made = element('li');

		made.append(button(this.nameOf(node),
				   () => this.zoomTo(node), 'name'),
			    document.createTextNode(' ' +
				percent(this.model.total[node],
					this.model.all)));
		return made;
	}

	childItems(node) {
		const children = childrenOf(this.model, node);
		const items = children.slice(0, CHILDREN_SHOWN)
			.map((child) => this.item(child));

		if (children.length > CHILDREN_SHOWN)
			items.push(element('li', '',
				`and ${count(children.length -
					     CHILDREN_SHOWN)} more`));
		return items;
	}
}
