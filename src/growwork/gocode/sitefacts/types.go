package main

import "go/types"

// coreMap returns the map type that t is or ranges over, nil when t is no map: named types are
// looked through, and of a type parameter `M ~map[K]V` the core type counts.
func coreMap(t types.Type) *types.Map {
	m, _ := core(t).(*types.Map)
	return m
}

// core returns the underlying type of t; of a type parameter or a constraint the one underlying
// type that all its terms share, nil when they share none.
func core(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	t = unalias(t)
	constraint, ok := t.Underlying().(*types.Interface)
	if !ok {
		return t.Underlying()
	}
	if _, isParam := t.(*types.TypeParam); !isParam {
		return constraint
	}
	var shared types.Type
	for i := 0; i < constraint.NumEmbeddeds(); i++ {
		for _, term := range terms(constraint.EmbeddedType(i)) {
			under := core(term)
			if under == nil || shared != nil && !types.Identical(shared, under) {
				return nil
			}
			shared = under
		}
	}
	return shared
}

// terms lists the types of one element of a constraint.
func terms(t types.Type) []types.Type {
	switch t := unalias(t).(type) {
	case *types.Union:
		var list []types.Type
		for i := 0; i < t.Len(); i++ {
			list = append(list, t.Term(i).Type())
		}
		return list
	case *types.Named:
		if constraint, ok := t.Underlying().(*types.Interface); ok {
			var list []types.Type
			for i := 0; i < constraint.NumEmbeddeds(); i++ {
				list = append(list, terms(constraint.EmbeddedType(i))...)
			}
			return list
		}
	}
	return []types.Type{t}
}

// typeFacts answers questions about types; the answers are kept for the whole run.
type typeFacts struct {
	sizes   types.Sizes
	carries map[types.Type]bool
}

// size returns the size and alignment of t in bytes, nil when only an instantiation has them or
// when t could not be type-checked. go/types asserts that neither is asked for.
func (f *typeFacts) size(t types.Type) (size, align *int64) {
	if !concrete(t, nil) {
		return nil, nil
	}
	s, a := f.sizes.Sizeof(t), f.sizes.Alignof(t)
	return &s, &a
}

// concrete reports whether t has a size: no type parameter and no invalid type is part of its
// memory. seen guards against recursive types, whose cycles always pass through a pointer.
func concrete(t types.Type, seen []types.Type) bool {
	t = unalias(t)
	for _, s := range seen {
		if s == t {
			return true
		}
	}
	switch t := t.(type) {
	case *types.TypeParam:
		return false
	case *types.Basic:
		return t.Kind() != types.Invalid
	case *types.Named:
		return concrete(t.Underlying(), append(seen, t))
	case *types.Array:
		return concrete(t.Elem(), seen)
	case *types.Struct:
		for i := 0; i < t.NumFields(); i++ {
			if !concrete(t.Field(i).Type(), seen) {
				return false
			}
		}
	}
	return true
}

// mentionsParam reports whether a type parameter occurs anywhere in t.
func mentionsParam(t types.Type, seen []types.Type) bool {
	t = unalias(t)
	for _, s := range seen {
		if s == t {
			return false
		}
	}
	seen = append(seen, t)
	switch t := t.(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		args := t.TypeArgs()
		for i := 0; args != nil && i < args.Len(); i++ {
			if mentionsParam(args.At(i), seen) {
				return true
			}
		}
	case *types.Map:
		return mentionsParam(t.Key(), seen) || mentionsParam(t.Elem(), seen)
	case *types.Struct:
		for i := 0; i < t.NumFields(); i++ {
			if mentionsParam(t.Field(i).Type(), seen) {
				return true
			}
		}
	case *types.Pointer:
		return mentionsParam(t.Elem(), seen)
	case *types.Slice:
		return mentionsParam(t.Elem(), seen)
	case *types.Array:
		return mentionsParam(t.Elem(), seen)
	case *types.Chan:
		return mentionsParam(t.Elem(), seen)
	}
	return false
}

// hasPointers reports whether the garbage collector has to look into a value of type t.
func hasPointers(t types.Type) bool {
	switch t := unalias(t).Underlying().(type) {
	case *types.Basic:
		return t.Kind() == types.String || t.Kind() == types.UnsafePointer
	case *types.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case *types.Struct:
		for i := 0; i < t.NumFields(); i++ {
			if hasPointers(t.Field(i).Type()) {
				return true
			}
		}
		return false
	}
	return true // pointer, slice, map, channel, function, interface
}

// carriesMaps reports whether a value of type t may lead to a map without passing through a
// struct field. Only such values have nodes in the flow graph: fields have nodes of their own.
func (f *typeFacts) carriesMaps(t types.Type) bool {
	if t == nil {
		return false
	}
	t = unalias(t)
	if known, ok := f.carries[t]; ok {
		return known
	}
	f.carries[t] = false // the answer inside a recursive type
	answer := f.leadsToMap(t)
	f.carries[t] = answer
	return answer
}

func (f *typeFacts) leadsToMap(t types.Type) bool {
	if _, ok := t.(*types.TypeParam); ok {
		under := core(t)
		return under == nil || f.carriesMaps(under)
	}
	switch t := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Pointer:
		return f.carriesMaps(t.Elem())
	case *types.Slice:
		return f.carriesMaps(t.Elem())
	case *types.Array:
		return f.carriesMaps(t.Elem())
	case *types.Chan:
		return f.carriesMaps(t.Elem())
	case *types.Interface:
		return t.Empty()
	case *types.Signature:
		return f.tupleCarries(t.Params()) || f.tupleCarries(t.Results())
	}
	return false
}

func (f *typeFacts) tupleCarries(tuple *types.Tuple) bool {
	for i := 0; i < tuple.Len(); i++ {
		if f.carriesMaps(tuple.At(i).Type()) {
			return true
		}
	}
	return false
}

// mapContents returns the type that a container yields: the element of a map, slice, array or
// channel, looking through pointers.
func mapContents(t types.Type) types.Type {
	switch t := core(t).(type) {
	case *types.Map:
		return t.Elem()
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Chan:
		return t.Elem()
	case *types.Pointer:
		return mapContents(t.Elem())
	}
	return nil
}
