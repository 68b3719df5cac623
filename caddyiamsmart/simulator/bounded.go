package simulator

import (
	"container/list"
	"iter"
)

// bounded is a map that never holds more than limit entries: the oldest makes room. Not safe for concurrent use.
type bounded[V any] struct {
	limit int
	order *list.List // of entry[V], oldest first
	byKey map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value V
}

func newBounded[V any](limit int) *bounded[V] {
	return &bounded[V]{limit: limit, order: list.New(), byKey: map[string]*list.Element{}}
}

func (b *bounded[V]) len() int { return b.order.Len() }

func (b *bounded[V]) get(key string) (value V, ok bool) {
	element, ok := b.byKey[key]
	if !ok {
		return value, false
	}
	return element.Value.(entry[V]).value, true
}

// put adds a key that is not there yet.
func (b *bounded[V]) put(key string, value V) {
	if b.len() >= b.limit {
		b.remove(b.order.Front().Value.(entry[V]).key)
	}
	b.byKey[key] = b.order.PushBack(entry[V]{key, value})
}

func (b *bounded[V]) remove(key string) {
	if element, ok := b.byKey[key]; ok {
		b.order.Remove(element)
		delete(b.byKey, key)
	}
}

// sweep removes the oldest entries for as long as they are over.
func (b *bounded[V]) sweep(over func(V) bool) {
	for front := b.order.Front(); front != nil; front = b.order.Front() {
		e := front.Value.(entry[V])
		if !over(e.value) {
			return
		}
		b.remove(e.key)
	}
}

// all runs through the values, oldest first.
func (b *bounded[V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		for element := b.order.Front(); element != nil; element = element.Next() {
			if !yield(element.Value.(entry[V]).value) {
				return
			}
		}
	}
}
