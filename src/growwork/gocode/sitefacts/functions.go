package main

import (
	"go/token"
	"go/types"
)

// functions knows the functions of the analysed packages by the position of their declaration.
// A function can be called before it is walked, so it is made from its signature alone.
type functions struct {
	at    map[token.Pos]*function
	named []*types.TypeName // declared types of the analysed packages, for interface calls
	calls []*interfaceCall
}

// interfaceCall is a method call on an interface value; its targets are known when all
// packages have been checked.
type interfaceCall struct {
	method  *types.Func
	args    []node
	spread  bool
	results []node
}

// isTarget reports whether the body of fn is walked.
func (p *program) isTarget(fn *types.Func) bool {
	return fn.Pkg() != nil && p.targets[fn.Pkg().Path()] && fn.Origin().Pos().IsValid()
}

// declared returns the function of a declaration; all instantiations of a generic one share it.
func (p *program) declared(fn *types.Func) *function {
	fn = fn.Origin()
	if known := p.functions.at[fn.Pos()]; known != nil {
		return known
	}
	made := p.fromSignature(fn.Pos(), fn.Type().(*types.Signature))
	made.name = runtimeName(fn)
	return made
}

// literal returns the function of a function literal.
func (p *program) literal(pos token.Pos, signature *types.Signature) *function {
	if known := p.functions.at[pos]; known != nil {
		return known
	}
	if signature == nil {
		signature = types.NewSignatureType(nil, nil, nil, nil, nil, false)
	}
	return p.fromSignature(pos, signature)
}

func (p *program) fromSignature(pos token.Pos, signature *types.Signature) *function {
	fn := &function{variadic: signature.Variadic()}
	p.functions.at[pos] = fn
	for i := 0; i < signature.Params().Len(); i++ {
		fn.params = append(fn.params, p.parameter(fn, signature.Params().At(i)))
	}
	if receiver := signature.Recv(); receiver != nil {
		fn.receiver = p.parameter(fn, receiver)
	}
	for i := 0; i < signature.Results().Len(); i++ {
		fn.results = append(fn.results, p.result(pos, i, signature.Results().At(i)))
	}
	return fn
}

func (p *program) parameter(fn *function, v *types.Var) node {
	n := p.graph.variable(v)
	if n != 0 {
		p.graph.nodes[n].param = fn
	}
	return n
}

// result returns the node of a result. A named one is a variable, too, which `return` alone
// passes on.
func (p *program) result(pos token.Pos, index int, v *types.Var) node {
	if !p.facts.carriesMaps(v.Type()) {
		return 0
	}
	n := p.graph.at(nodeKey{pos: pos, kind: resultNode, index: int32(index)})
	p.graph.notePointer(n, v.Type())
	if v.Name() != "" && v.Name() != "_" {
		p.graph.flow(n, p.graph.variable(v))
	}
	return n
}

// functionValue returns the node of a function used as a value.
func (p *program) functionValue(fn *function, pos token.Pos) node {
	n := p.graph.at(nodeKey{pos: pos, kind: functionNode})
	p.graph.nodes[n].function = fn
	fn.value = true
	return n
}

// noteTypes keeps the types declared by a package: they may implement interfaces.
func (p *program) noteTypes(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		declared, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || declared.IsAlias() {
			continue
		}
		if named, ok := declared.Type().(*types.Named); ok && !types.IsInterface(named) {
			p.functions.named = append(p.functions.named, declared)
		}
	}
}

// linkInterfaceCalls connects each interface call with the methods that can answer it: those of
// the declared types that implement the interface.
func (p *program) linkInterfaceCalls() {
	answers := map[*types.Func][]*function{}
	for _, call := range p.functions.calls {
		targets, known := answers[call.method]
		if !known {
			targets = p.implementations(call.method)
			answers[call.method] = targets
		}
		for _, target := range targets {
			p.graph.connect(target, call.args, call.spread, call.results)
			target.linked = true
		}
		if len(targets) > 0 {
			continue
		}
		for _, result := range call.results {
			p.graph.addReason(result, "result of the interface method "+call.method.Name()+
				", which no analysed type implements")
		}
	}
}

func (p *program) implementations(method *types.Func) []*function {
	contract, ok := method.Type().(*types.Signature).Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var found []*function
	seen := map[*function]bool{}
	for _, declared := range p.functions.named {
		pointer := types.NewPointer(declared.Type())
		if !types.Implements(pointer, contract) {
			continue
		}
		object, _, _ := types.LookupFieldOrMethod(pointer, false, method.Pkg(), method.Name())
		if fn, ok := object.(*types.Func); ok && p.isTarget(fn) {
			if target := p.declared(fn); !seen[target] {
				seen[target] = true
				found = append(found, target)
			}
		}
	}
	return found
}
