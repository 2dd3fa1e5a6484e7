package main

import (
	"go/ast"
	"go/types"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// staticCallee returns the function or method that a call names, nil when it calls a value.
func (w *walker) staticCallee(call *ast.CallExpr) *types.Func {
	fun := unparen(call.Fun)
	switch indexed := fun.(type) {
	case *ast.IndexExpr:
		fun = unparen(indexed.X)
	case *ast.IndexListExpr:
		fun = unparen(indexed.X)
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		fn, _ := w.info.Uses[fun].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		if selection := w.info.Selections[fun]; selection != nil {
			if selection.Kind() == types.MethodExpr {
				return nil
			}
			fn, _ := selection.Obj().(*types.Func)
			return fn
		}
		fn, _ := w.info.Uses[fun.Sel].(*types.Func)
		return fn
	}
	return nil
}

// isInterfaceMethod reports whether fn is declared by an interface.
func isInterfaceMethod(fn *types.Func) bool {
	receiver := fn.Type().(*types.Signature).Recv()
	return receiver != nil && types.IsInterface(receiver.Type())
}

// qualifiedName returns `path.Name` of a function without receiver, `path.Type.Name` of a method.
func qualifiedName(fn *types.Func) string {
	name := fn.Name()
	if receiver := fn.Type().(*types.Signature).Recv(); receiver != nil {
		if named, ok := unalias(deref(receiver.Type())).(*types.Named); ok {
			name = named.Obj().Name() + "." + name
		}
	}
	if fn.Pkg() == nil {
		return name
	}
	return fn.Pkg().Path() + "." + name
}

// mapsFunction returns the name of the function of package maps that a call names. The older
// golang.org/x/exp/maps has the same ones.
func (w *walker) mapsFunction(call *ast.CallExpr) string {
	fn := w.staticCallee(call)
	if fn == nil || fn.Pkg() == nil || fn.Type().(*types.Signature).Recv() != nil {
		return ""
	}
	if path := fn.Pkg().Path(); path != "maps" && path != "golang.org/x/exp/maps" {
		return ""
	}
	return fn.Name()
}

// builtin returns the name of the builtin that a call names.
func (w *walker) builtin(call *ast.CallExpr) string {
	if !w.info.Types[unparen(call.Fun)].IsBuiltin() {
		return ""
	}
	if name, ok := unparen(call.Fun).(*ast.Ident); ok {
		return name.Name
	}
	return "" // of package unsafe
}

// callResults returns the nodes of a call's results; some may be 0, all are when no result can
// lead to a map.
func (w *walker) callResults(call *ast.CallExpr) []node {
	if known, ok := w.results[call]; ok {
		return known
	}
	results := w.makeResults(call)
	w.results[call] = results
	return results
}

func (w *walker) makeResults(call *ast.CallExpr) []node {
	if w.info.Types[unparen(call.Fun)].IsType() {
		return []node{w.value(call)}
	}
	if w.builtin(call) != "" {
		return []node{w.graph.fresh()}
	}
	signature, ok := core(w.info.TypeOf(call.Fun)).(*types.Signature)
	if !ok || !w.graph.facts.tupleCarries(signature.Results()) {
		return nil
	}
	if fn := w.staticCallee(call); fn != nil && w.prog.isTarget(fn) && !isInterfaceMethod(fn) {
		return w.prog.declared(fn).results
	}
	results := make([]node, signature.Results().Len())
	for i := range results {
		if t := signature.Results().At(i).Type(); w.graph.facts.carriesMaps(t) {
			results[i] = w.graph.fresh()
			w.graph.notePointer(results[i], t)
		}
	}
	return results
}

// visitCall passes the arguments of a call to the parameters of what it calls.
func (w *walker) visitCall(call *ast.CallExpr) {
	if w.info.Types[unparen(call.Fun)].IsType() {
		return
	}
	if name := w.builtin(call); name != "" {
		w.visitBuiltin(call, name)
		return
	}
	fn := w.staticCallee(call)
	switch {
	case fn == nil:
		w.callValue(call)
	case isInterfaceMethod(fn):
		w.callInterface(call, fn)
	case w.prog.isTarget(fn):
		target := w.prog.declared(fn)
		if selector, ok := unparen(call.Fun).(*ast.SelectorExpr); ok && target.receiver != 0 {
			if selection := w.info.Selections[selector]; selection != nil {
				w.graph.flow(target.receiver, w.receiver(selector, selection))
			}
		}
		w.graph.connect(target, w.arguments(call), call.Ellipsis.IsValid(), nil)
	default:
		w.callOutside(call, fn)
	}
}

// arguments returns the nodes of the arguments; `f(g())` passes all results of g.
func (w *walker) arguments(call *ast.CallExpr) []node {
	if len(call.Args) == 1 {
		if inner, ok := unparen(call.Args[0]).(*ast.CallExpr); ok {
			if tuple, ok := w.info.TypeOf(inner).(*types.Tuple); ok && tuple.Len() > 1 {
				return w.callResults(inner)
			}
		}
	}
	args := make([]node, len(call.Args))
	for i, arg := range call.Args {
		args[i] = w.value(arg)
	}
	return args
}

func anyNode(nodes []node) bool {
	for _, n := range nodes {
		if n != 0 {
			return true
		}
	}
	return false
}

// visitBuiltin handles append and copy, which move elements between containers.
func (w *walker) visitBuiltin(call *ast.CallExpr, name string) {
	switch {
	case name == "copy" && len(call.Args) == 2:
		to, from := w.value(call.Args[0]), w.value(call.Args[1])
		if to != 0 && from != 0 {
			w.graph.flow(w.graph.elem(to), w.graph.elem(from))
		}
	case name == "append" && len(call.Args) > 0:
		result := w.value(call)
		if result == 0 {
			return
		}
		w.graph.flow(result, w.value(call.Args[0]))
		for _, arg := range call.Args[1:] {
			if call.Ellipsis.IsValid() {
				w.graph.flow(result, w.value(arg))
			} else {
				w.graph.flow(w.graph.elem(result), w.value(arg))
			}
		}
	}
}

// callValue handles a call through a function value; a literal called at once is known.
func (w *walker) callValue(call *ast.CallExpr) {
	args, results := w.arguments(call), w.callResults(call)
	if !anyNode(args) && !anyNode(results) {
		return
	}
	w.graph.calls = append(w.graph.calls, &valueCall{
		callee:  w.value(call.Fun),
		args:    args,
		spread:  call.Ellipsis.IsValid(),
		results: results,
	})
}

func (w *walker) callInterface(call *ast.CallExpr, fn *types.Func) {
	args, results := w.arguments(call), w.callResults(call)
	if !anyNode(args) && !anyNode(results) {
		return
	}
	w.prog.functions.calls = append(w.prog.functions.calls, &interfaceCall{
		method:  fn.Origin(),
		args:    args,
		spread:  call.Ellipsis.IsValid(),
		results: results,
	})
}

// callOutside handles a call of a function whose body is not analysed.
func (w *walker) callOutside(call *ast.CallExpr, fn *types.Func) {
	name := qualifiedName(fn)
	switch {
	case name == "sync.Pool.Get":
		w.callPool(call)
	case w.isCreation(call):
		// maps.Clone and maps.Collect: a site, see visitCreation
	default:
		for _, result := range w.callResults(call) {
			w.graph.addReason(result, "result of "+name+", which is outside the analysed packages")
		}
	}
	for _, arg := range call.Args {
		w.passOutside(arg, name)
	}
}

// callPool makes a sync.Pool yield what the New functions of pools return. All pools share the
// field; the map's type tells most of them apart.
func (w *walker) callPool(call *ast.CallExpr) {
	selector, ok := unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	object, _, _ := types.LookupFieldOrMethod(w.info.TypeOf(selector.X), true, w.types, "New")
	field, ok := object.(*types.Var)
	if !ok {
		return
	}
	w.graph.calls = append(w.graph.calls, &valueCall{
		callee:  w.graph.variable(field),
		results: w.callResults(call),
	})
}

// passOutside records that a function outside may make the map that an argument points to, as
// decoders do by reflection.
func (w *walker) passOutside(arg ast.Expr, name string) {
	t := w.info.TypeOf(arg)
	pointer, ok := core(t).(*types.Pointer)
	if !ok {
		return
	}
	switch core(pointer.Elem()).(type) {
	case *types.Map:
		if isDecoder(name) {
			w.graph.addReason(w.value(arg), name+" may make it: its address is passed there")
		}
	case *types.Struct:
		if isDecoder(name) {
			w.decodeFields(pointer.Elem(), name, map[types.Type]bool{})
		}
	}
}

// isDecoder guesses from its name whether a function fills what a pointer leads to.
func isDecoder(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, prefix := range []string{"Unmarshal", "Decode", "Scan", "Bind", "ReadJSON"} {
		if strings.HasPrefix(last, prefix) {
			return true
		}
	}
	return false
}

// decodeFields marks the exported map fields below t as made by reflection.
func (w *walker) decodeFields(t types.Type, name string, seen map[types.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	switch u := core(t).(type) {
	case *types.Struct:
		for i := 0; i < u.NumFields(); i++ {
			field := u.Field(i)
			if !field.Exported() && !field.Embedded() {
				continue
			}
			if coreMap(field.Type()) != nil {
				w.graph.addReason(w.graph.variable(field), name+" may make it by reflection")
			}
			w.decodeFields(field.Type(), name, seen)
		}
	case *types.Pointer:
		w.decodeFields(u.Elem(), name, seen)
	case *types.Slice:
		w.decodeFields(u.Elem(), name, seen)
	case *types.Map:
		w.decodeFields(u.Elem(), name, seen)
	}
}
