//! Events as changes of a goroutine's state.

use super::super::decode::Event;
use super::super::names::Lookup;
use super::super::output::Delivery;
use super::super::spec::{self, NONE};

/// States of a goroutine, as the wire numbers them.
pub const RUNNABLE: u8 = 1;
pub const RUNNING: u8 = 2;
pub const SYSCALL: u8 = 3;
pub const WAITING: u8 = 4;

/// What an event turns a goroutine's state into.
pub struct Change {
    pub goroutine: u64,
    pub state: u8,
    pub reason: u32,
    pub stack: u32,
    pub end_stack: u32,
    pub other: u64,
}

/// What an event that is a transition of a goroutine makes of it.
#[inline]
pub fn change_of(event: &Event, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) -> Change {
    let [first, second, third, fourth] = event.args;
    let current = delivery.context.g;
    let mut change = Change {
        goroutine: current,
        state: RUNNING,
        reason: 0,
        stack: 0,
        end_stack: 0,
        other: NONE,
    };
    match event.event_type {
        spec::GO_START => change.goroutine = first,
        spec::GO_STOP | spec::GO_BLOCK => {
            let blocks = event.event_type == spec::GO_BLOCK;
            change.state = if blocks { WAITING } else { RUNNABLE };
            change.reason = lookup.text(first, event);
            change.stack = lookup.stack(second);
            change.end_stack = change.stack;
        }
        spec::GO_UNBLOCK => {
            change.goroutine = first;
            change.state = RUNNABLE;
            change.stack = lookup.stack(third);
            change.other = current;
        }
        spec::GO_SYSCALL_BEGIN => {
            change.state = SYSCALL;
            change.stack = lookup.stack(second);
            change.end_stack = change.stack;
        }
        spec::GO_SYSCALL_END => {}
        spec::GO_SYSCALL_END_BLOCKED => change.state = RUNNABLE,
        spec::GO_CREATE | spec::GO_CREATE_BLOCKED => {
            let blocked = event.event_type == spec::GO_CREATE_BLOCKED;
            change.goroutine = first;
            change.state = if blocked { WAITING } else { RUNNABLE };
            change.stack = lookup.stack(third);
            change.other = current;
        }
        spec::GO_CREATE_SYSCALL => {
            change.goroutine = first;
            change.state = SYSCALL;
        }
        spec::GO_STATUS | spec::GO_STATUS_STACK => {
            change.goroutine = first;
            change.state = third as u8;
            if event.event_type == spec::GO_STATUS_STACK {
                change.stack = lookup.stack(fourth);
            }
        }
        _ => change.state = 0, // it ends
    }
    change
}
