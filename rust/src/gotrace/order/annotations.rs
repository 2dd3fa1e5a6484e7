//! User annotations: tasks and regions.

use super::{Event, Fault, Lookup, Need, Ordering, Step, Task, Verdict};

impl Ordering {
    /// Tasks have no sequence numbers: an end may come without a begin, and more than once.
    pub(super) fn task_begin(&mut self, event: &Event, lookup: &mut Lookup<'_>) -> Step {
        let [id, parent, name, ..] = event.args;
        if self.tasks.contains_key(&id) {
            return Err(Fault::new(format!("task ID conflict: {id}")));
        }
        let name = lookup.text(name, event);
        self.check(Need::Must, Need::Must)?;
        self.tasks.insert(id, Task { name, parent });
        Ok(Verdict::Deliver)
    }

    /// The name and the parent are not on the wire; they are those of the begin, which may be
    /// generations ago.
    pub(super) fn task_end(&mut self, event: &mut Event) -> Step {
        self.check(Need::Must, Need::Must)?;
        let task = self
            .tasks
            .remove(&event.args[0])
            .unwrap_or(Task { name: 0, parent: 0 });
        event.args[2] = task.parent;
        self.inherited_text = task.name;
        Ok(Verdict::Deliver)
    }

    pub(super) fn region_begin(
        &mut self,
        event: &Event,
        thread: u32,
        lookup: &mut Lookup<'_>,
    ) -> Step {
        self.check(Need::Must, Need::Must)?;
        let region = (event.args[0], lookup.text(event.args[1], event));
        let slot = self.current_goroutine(thread, event)?;
        self.gs.ranges(slot).regions.push(region);
        Ok(Verdict::Deliver)
    }

    /// An end with no open region belongs to one that began before the trace.
    pub(super) fn region_end(
        &mut self,
        event: &Event,
        thread: u32,
        lookup: &mut Lookup<'_>,
    ) -> Step {
        self.check(Need::Must, Need::Must)?;
        let region = (event.args[0], lookup.text(event.args[1], event));
        let slot = self.current_goroutine(thread, event)?;
        match self.gs.ranges(slot).regions.pop() {
            Some(open) if open != region => {
                let problem = format!(
                    "misuse of region in goroutine {}: region end is not that of the inner-most \
                     active region",
                    self.context.g
                );
                Err(Fault::new(problem))
            }
            _ => Ok(Verdict::Deliver),
        }
    }
}
