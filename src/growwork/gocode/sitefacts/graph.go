package main

import (
	"go/token"
	"go/types"
	"sort"
)

// node is a place that can hold a map or a container of maps; 0 is no node.
type node int32

// nodeKind tells apart the nodes that one position can have.
type nodeKind uint8

const (
	variableNode nodeKind = iota // local, parameter, receiver, package variable, field
	resultNode                   // result number index of the function declared at pos
	siteNode                     // the map created by the expression at pos
	functionNode                 // the function declared at pos, as a value
)

// nodeKey identifies a node by a position of the source. All files share one token.FileSet, so
// a position is unique in the program and equal in all variants of a package.
type nodeKey struct {
	pos   token.Pos
	kind  nodeKind
	index int32
}

// nodeFacts is what the graph knows about one node.
type nodeFacts struct {
	from     []node // where its value may come from
	reason   string // why its value may come from elsewhere; empty: it does not
	site     *site
	function *function // functionNode only
	param    *function // variableNode only: the function whose parameter it is
	pointer  bool      // of pointer type: what is stored through it is seen by its source
}

// graph is the flow graph. Elements of containers have nodes of their own; containers that may
// be the same one share it, which union-find decides (a container is a reference, so what is
// stored through one name is seen through the other).
type graph struct {
	facts *typeFacts
	nodes []nodeFacts
	keys  map[nodeKey]node
	elems map[node]node // of a container, before merging
	alias []node        // union-find parents
	calls []*valueCall
}

// function is a function or method of the analysed packages.
type function struct {
	name     string
	params   []node // 0 where the type cannot lead to a map
	results  []node
	variadic bool
	receiver node
	value    bool // used as a value, so it may have callers that the graph does not know
	linked   bool // some of those callers are known
}

// valueCall is a call through a function value; its targets are known when the graph is.
type valueCall struct {
	callee  node
	args    []node
	spread  bool // f(xs...)
	results []node
	linked  map[*function]bool
}

func newGraph(facts *typeFacts) *graph {
	return &graph{
		facts: facts,
		nodes: make([]nodeFacts, 1),
		alias: make([]node, 1),
		keys:  map[nodeKey]node{},
		elems: map[node]node{},
	}
}

// fresh returns a new node without a key.
func (g *graph) fresh() node {
	n := node(len(g.nodes))
	g.nodes = append(g.nodes, nodeFacts{})
	g.alias = append(g.alias, n)
	return n
}

// unknown returns a node whose value comes from outside the graph.
func (g *graph) unknown(reason string) node {
	n := g.fresh()
	g.nodes[n].reason = reason
	return n
}

// at returns the node of a key, made on first use.
func (g *graph) at(key nodeKey) node {
	if n := g.keys[key]; n != 0 {
		return n
	}
	n := g.fresh()
	g.keys[key] = n
	return n
}

// variable returns the node of a variable or field, 0 when it cannot lead to a map. A field of
// a generic struct has one node for all instantiations.
func (g *graph) variable(v *types.Var) node {
	if v == nil {
		return 0
	}
	v = v.Origin()
	if !v.Pos().IsValid() || !g.facts.carriesMaps(v.Type()) {
		return 0
	}
	n := g.at(nodeKey{pos: v.Pos()})
	g.notePointer(n, v.Type())
	return n
}

func (g *graph) notePointer(n node, t types.Type) {
	if _, ok := core(t).(*types.Pointer); ok {
		g.nodes[n].pointer = true
	}
}

// elem returns the node of the elements of a container.
func (g *graph) elem(container node) node {
	if container == 0 {
		return 0
	}
	if n := g.elems[container]; n != 0 {
		return n
	}
	n := g.fresh()
	g.elems[container] = n
	return n
}

// flow says that values go from one node to another. A pointer is not told from what it points
// to, so a flow of pointers goes both ways.
func (g *graph) flow(to, from node) {
	if to == 0 || from == 0 || to == from {
		return
	}
	g.nodes[to].from = append(g.nodes[to].from, from)
	if g.nodes[to].pointer {
		g.nodes[from].from = append(g.nodes[from].from, to)
	}
	g.union(to, from)
}

// same says that two nodes hold the same values, as a variable and the pointers to it do.
func (g *graph) same(a, b node) {
	g.flow(a, b)
	g.flow(b, a)
}

func (g *graph) find(n node) node {
	for g.alias[n] != n {
		g.alias[n] = g.alias[g.alias[n]]
		n = g.alias[n]
	}
	return n
}

func (g *graph) union(a, b node) {
	if a, b = g.find(a), g.find(b); a != b {
		g.alias[b] = a
	}
}

// addReason records that a node's value may come from outside; the first reason is kept.
func (g *graph) addReason(n node, reason string) {
	if n != 0 && g.nodes[n].reason == "" {
		g.nodes[n].reason = reason
	}
}

// solve resolves calls through function values and merges the elements of containers that may
// be the same; each can enable the other, so they alternate until nothing changes.
func (g *graph) solve() {
	for changed := true; changed; {
		changed = g.mergeElems()
		for _, call := range g.calls {
			if g.link(call) {
				changed = true
			}
		}
	}
	for _, call := range g.calls {
		if len(call.linked) == 0 {
			for _, result := range call.results {
				g.addReason(result, "result of a call through a function value")
			}
		}
	}
}

// mergeElems makes the element nodes of aliased containers the same.
func (g *graph) mergeElems() (changed bool) {
	containers := make([]node, 0, len(g.elems))
	for container := range g.elems {
		containers = append(containers, container)
	}
	sort.Slice(containers, func(i, j int) bool { return containers[i] < containers[j] })
	first := map[node]node{}
	for _, container := range containers {
		class, elem := g.find(container), g.elems[container]
		known := first[class]
		if known == 0 {
			first[class] = elem
			continue
		}
		if !g.merged(known, elem) {
			g.same(known, elem)
			changed = true
		}
	}
	return changed
}

// merged reports whether two nodes already flow into each other directly.
func (g *graph) merged(a, b node) bool {
	if a == b {
		return true
	}
	for _, from := range g.nodes[b].from {
		if from == a {
			return true
		}
	}
	return false
}

// link connects a call with the functions its callee may be.
func (g *graph) link(call *valueCall) (changed bool) {
	g.visit(call.callee, func(n node) {
		target := g.nodes[n].function
		if target == nil || call.linked[target] {
			return
		}
		if call.linked == nil {
			call.linked = map[*function]bool{}
		}
		call.linked[target], target.linked = true, true
		g.connect(target, call.args, call.spread, call.results)
		changed = true
	})
	return changed
}

// connect passes arguments to parameters and results to the caller.
func (g *graph) connect(target *function, args []node, spread bool, results []node) {
	last := len(target.params) - 1
	for i, arg := range args {
		switch {
		case target.variadic && i >= last && !spread:
			g.flow(g.elem(target.params[last]), arg)
		case i <= last:
			g.flow(target.params[i], arg)
		}
	}
	for i, result := range results {
		if i < len(target.results) {
			g.flow(result, target.results[i])
		}
	}
}

// visit calls f for every node that a value of start may come from, start first.
func (g *graph) visit(start node, f func(node)) {
	if start == 0 {
		return
	}
	seen := map[node]bool{start: true}
	for pending := []node{start}; len(pending) > 0; {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		f(n)
		for _, from := range g.nodes[n].from {
			if !seen[from] {
				seen[from] = true
				pending = append(pending, from)
			}
		}
	}
}

// sources returns the creation sites whose maps may be in a node, in source order, and why
// there may be others. Sites of another map type cannot be meant: such paths exist because the
// graph follows values of empty interface type and of type parameters.
func (g *graph) sources(start node, mapType types.Type) (sites []*site, reason string) {
	reasons := map[string]bool{}
	g.visit(start, func(n node) {
		facts := &g.nodes[n]
		if facts.site != nil && sameMap(facts.site.mapType, mapType) {
			sites = append(sites, facts.site)
		}
		switch {
		case facts.reason != "":
			reasons[facts.reason] = true
		case facts.param != nil && len(facts.from) == 0:
			reasons["no caller of "+facts.param.name+" is in the analysed packages"] = true
		case facts.param != nil && facts.param.value && !facts.param.linked:
			reasons[facts.param.name+" is also used as a function value"] = true
		}
	})
	sort.Slice(sites, func(i, j int) bool { return sites[i].pos < sites[j].pos })
	return sites, firstReason(reasons, len(sites) > 0)
}

// firstReason picks one reason so that the result does not depend on the order of visits.
func firstReason(reasons map[string]bool, found bool) string {
	list := make([]string, 0, len(reasons))
	for reason := range reasons {
		list = append(list, reason)
	}
	sort.Strings(list)
	switch {
	case len(list) > 0:
		return list[0]
	case !found:
		return "no map of this type is created in the analysed packages and reaches this line"
	}
	return ""
}

// sameMap reports whether two map types can be the same map. With a type parameter in one of
// them an instantiation decides, so the answer is yes. The comparison by text serves packages
// that were checked twice, once for their tests.
func sameMap(a, b types.Type) bool {
	a, b = core(a), core(b)
	if a == nil || b == nil || mentionsParam(a, nil) || mentionsParam(b, nil) {
		return true
	}
	return types.Identical(a, b) ||
		types.TypeString(a, nil) == types.TypeString(b, nil)
}
